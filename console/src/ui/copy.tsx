import { type ReactNode, useState } from 'react'
import { Button } from './button'
import styles from './copy.module.css'

interface CopyProps {
  readonly text: string
  /** What is copied, for screen readers: `the sftp command`. */
  readonly what: string
}

/** A text to copy: a command, a fingerprint, a hash. */
export function Copy({ text, what }: CopyProps): ReactNode {
  return (
    <div className={styles['copy']}>
      <pre className={styles['text']} tabIndex={0} role="group" aria-label={what}>
        {text}
      </pre>
      <CopyButton text={text} what={what} />
    </div>
  )
}

export function CopyButton({ text, what }: CopyProps): ReactNode {
  const [state, setState] = useState<'idle' | 'copied' | 'failed'>('idle')
  const copy = (): void => {
    navigator.clipboard.writeText(text).then(
      () => setState('copied'),
      () => setState('failed'),
    )
  }
  return (
    <>
      <Button small aria-label={`Copy ${what}`} onPress={copy} onHoverEnd={() => setState('idle')}>
        {state === 'copied' ? 'Copied' : 'Copy'}
      </Button>
      <span className="visually-hidden" role="status">
        {state === 'copied' && `Copied ${what}.`}
        {state === 'failed' && 'The browser does not permit to copy. Select the text instead.'}
      </span>
    </>
  )
}
