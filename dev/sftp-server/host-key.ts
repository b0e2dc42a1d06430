import { createHash } from 'node:crypto'
import ssh2 from 'ssh2'
import { readOrCreateSecretFile } from '../secret-file.js'
import { generateSshKeyPair } from '../ssh-key.js'
import { StartError } from '../start-error.js'
import { sshFingerprint } from '../../src/domain/ssh-fingerprint.js'

export interface HostKey {
  /** In OpenSSH's format. */
  readonly privateKey: string
  /** `SHA256:<base64 without padding>`, as `ssh-keygen -lf` prints it. */
  readonly fingerprint: string
}

/** The server's ed25519 key from a file, which is made on the first start and kept: clients pin its fingerprint. */
export async function loadHostKey(file: string): Promise<HostKey> {
  const privateKey = await readOrCreateSecretFile(file, () => generateSshKeyPair().private)
  const key = ssh2.utils.parseKey(privateKey)
  if (key instanceof Error) throw new StartError(`The SFTP host key in ${file} can't be read: ${key.message}`)
  return { privateKey, fingerprint: fingerprintOf(key.getPublicSSH()) }
}

function fingerprintOf(publicKey: Buffer): string {
  return sshFingerprint(createHash('sha256').update(publicKey).digest('base64'))
}
