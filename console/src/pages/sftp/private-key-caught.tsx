import type { ReactNode } from 'react'
import { Notice } from '../../ui/notice'
import { publicKeyOf } from './commands'
import type { PrivateKeyKind } from './private-key'

interface PrivateKeyCaughtProps {
  readonly kind: PrivateKeyKind
  readonly fileName: string | undefined
}

/** Says that a private key was caught, and which key to take instead. */
export function PrivateKeyCaught({ kind, fileName }: PrivateKeyCaughtProps): ReactNode {
  const name = fileName === undefined || fileName === '' ? 'id_ed25519' : fileName
  return (
    <Notice tone="bad" title="This is a private key. It was not sent.">
      <p>The page has removed it. Never paste or upload a private key: who has it can log in as you.</p>
      {kind === 'PUTTY' ? (
        <p>
          Open the file in PuTTYgen. Copy the text below “Public key for pasting into OpenSSH authorized_keys file”, and
          paste it here.
        </p>
      ) : (
        <p>
          Take the file that ends in .pub, such as <code>{`${name}.pub`}</code>. If there is none, this makes it:{' '}
          <code>{publicKeyOf(name)}</code>
        </p>
      )}
    </Notice>
  )
}
