import type { SftpOptions } from '../sftp/types.js'
import type { Environment } from './env.js'
import type { ConfigProblem } from './config-error.js'
import { readPrivateKey } from './private-key.js'

export type SftpAuth =
  { readonly ok: true; readonly auth: SftpOptions['auth'] } | { readonly ok: false; readonly problem: ConfigProblem }

/** The worker's credentials for the SFTP server: a password or a private key. Checks the key. */
export function readSftpAuth(given: Environment): SftpAuth {
  const { SFTP_PASSWORD: password, SFTP_PRIVATE_KEY: key, SFTP_PRIVATE_KEY_PASSPHRASE: passphrase } = given
  const has = (name: string) => given[name] !== undefined || given[`${name}_FILE`] !== undefined
  if (has('SFTP_PASSWORD') === has('SFTP_PRIVATE_KEY')) {
    return refused('SFTP_PASSWORD', 'or SFTP_PRIVATE_KEY is required, but not both. Each can be given as …_FILE')
  }
  if (has('SFTP_PASSWORD')) return { ok: true, auth: { kind: 'password', password: password ?? '' } }
  // Another check reports a file that can't be read.
  const read = key === undefined ? ({ ok: true, key: '' } as const) : readPrivateKey(key, passphrase)
  if (read.ok) return { ok: true, auth: { kind: 'privateKey', privateKey: read.key, passphrase } }
  return refused(read.about === 'key' ? 'SFTP_PRIVATE_KEY' : 'SFTP_PRIVATE_KEY_PASSPHRASE', read.message)
}

function refused(name: string, message: string): SftpAuth {
  return { ok: false, problem: { name, message } }
}
