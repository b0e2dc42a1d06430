import type { SftpOptions } from '../sftp/types.js'
import type { Environment } from './env.js'
import type { ConfigProblem } from './config-error.js'
import { readPrivateKey } from './private-key.js'

export type SftpAuth =
  { readonly ok: true; readonly auth: SftpOptions['auth'] } | { readonly ok: false; readonly problem: ConfigProblem }

/** How the writer logs in at the SFTP server: by a password or by a private key, which is read here as it will be used. */
export function readSftpAuth(given: Environment): SftpAuth {
  const { SFTP_PASSWORD: password, SFTP_PRIVATE_KEY: key, SFTP_PRIVATE_KEY_PASSPHRASE: passphrase } = given
  const has = (name: string) => given[name] !== undefined || given[`${name}_FILE`] !== undefined
  if (has('SFTP_PASSWORD') === has('SFTP_PRIVATE_KEY')) {
    return refused('SFTP_PASSWORD', 'or SFTP_PRIVATE_KEY is required, one of them, each also as …_FILE')
  }
  if (has('SFTP_PASSWORD')) return { ok: true, auth: { kind: 'password', password: password ?? '' } }
  // What is wrong with the file is a problem of its own.
  const read = key === undefined ? ({ ok: true, key: '' } as const) : readPrivateKey(key, passphrase)
  if (read.ok) return { ok: true, auth: { kind: 'privateKey', privateKey: read.key, passphrase } }
  return refused(read.about === 'key' ? 'SFTP_PRIVATE_KEY' : 'SFTP_PRIVATE_KEY_PASSPHRASE', read.message)
}

function refused(name: string, message: string): SftpAuth {
  return { ok: false, problem: { name, message } }
}
