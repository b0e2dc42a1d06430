import { createHash } from 'node:crypto'
import ssh2 from 'ssh2'
import { readOrCreateSecretFile } from '../machine/private-files.js'
import { generateSshKeyPair } from '../machine/ssh-key.js'
import { StartError } from '../machine/start-error.js'
import { sshFingerprint } from '../../src/domain/ssh-fingerprint.js'

export interface HostKey {
  /** In OpenSSH's format. */
  readonly privateKey: string
  /** `SHA256:<base64 without padding>`, as `ssh-keygen -lf` prints it. */
  readonly fingerprint: string
}

/** Reads the server's ed25519 key from its file. The first start makes it; it stays, since clients pin its fingerprint. */
export async function loadHostKey(file: string): Promise<HostKey> {
  const privateKey = await readOrCreateSecretFile(file, () => generateSshKeyPair().private)
  const key = ssh2.utils.parseKey(privateKey)
  if (key instanceof Error)
    throw new StartError(
      `The SFTP host key in ${file} can't be read: ${key.message}. Restore the file, or remove it to get a new key.`,
    )
  return { privateKey, fingerprint: fingerprintOf(key.getPublicSSH()) }
}

function fingerprintOf(publicKey: Buffer): string {
  return sshFingerprint(createHash('sha256').update(publicKey).digest('base64'))
}
