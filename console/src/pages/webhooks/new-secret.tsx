import type { ReactNode } from 'react'
import { Copy } from '../../ui/copy'
import { Notice } from '../../ui/notice'

interface NewSecretProps {
  readonly title: string
  /** Null if there is none to show. */
  readonly secret: string | null | undefined
}

/** The page is the only place that ever shows the secret, until the user leaves it. */
export function NewSecret({ title, secret }: NewSecretProps): ReactNode {
  return (
    <Notice tone="good" title={title}>
      {secret && (
        <>
          <p>This is its secret, which verifies signatures. Store it now: it is never shown again.</p>
          <Copy text={secret} what="the secret" />
        </>
      )}
    </Notice>
  )
}
