import type { ReactNode } from 'react'
import { Copy, CopyButton } from '../../ui/copy'
import { Facts } from '../../ui/facts'
import { Section } from '../../ui/page'
import { type Account, fingerprintCommand, folderOf, knownHostsCommand } from './commands'
import styles from './sftp.module.css'

/** The server with its account, and how to check that it is the right one. */
export function ServerSection({ account }: { readonly account: Account }): ReactNode {
  const { host, port, username, hostKeyFingerprints } = account
  return (
    <Section title="Server">
      <Facts
        facts={[
          { name: 'Host', value: <Copied text={host} what="the host" /> },
          { name: 'Port', value: <Copied text={String(port)} what="the port" /> },
          { name: 'Username', value: <Copied text={username} what="the username" /> },
          { name: 'Folder', value: <Copied text={folderOf(account)} what="the folder" /> },
        ]}
      />
      <div className={styles['group']}>
        <h3>{hostKeyFingerprints.length === 1 ? 'Host key fingerprint' : 'Host key fingerprints'}</h3>
        <p className={styles['hint']}>
          The server presents a key with{' '}
          {hostKeyFingerprints.length === 1 ? 'this fingerprint' : 'one of these fingerprints'}. Let your client refuse
          every other key.
        </p>
        {hostKeyFingerprints.map((fingerprint) => (
          <Copy key={fingerprint} text={fingerprint} what={`the fingerprint ${fingerprint}`} />
        ))}
      </div>
      <div className={styles['group']}>
        <h3>Check it yourself</h3>
        <p className={styles['hint']}>This prints the fingerprints of the server. One of them must be listed above.</p>
        <Copy text={fingerprintCommand(account)} what="the command that prints the fingerprints" />
        <p className={styles['hint']}>
          This adds the server to your known_hosts file, and only with a key whose fingerprint is listed above.
        </p>
        <Copy text={knownHostsCommand(account)} what="the command that adds the server to known_hosts" />
      </div>
    </Section>
  )
}

function Copied({ text, what }: { readonly text: string; readonly what: string }): ReactNode {
  return (
    <span className={styles['copied']}>
      <code>{text}</code>
      <CopyButton text={text} what={what} />
    </span>
  )
}
