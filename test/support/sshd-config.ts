import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** How a server differs from an ordinary one. */
export interface SshdSettings {
  /** Arguments of `internal-sftp`: `-R` for a read-only one, `-P posix-rename,fsync` for requests that it has not. */
  readonly sftp?: string
  /** Sessions on one connection. */
  readonly maxSessions?: number
  /** Connections that have not logged in yet: `1:100:1` drops every one that finds another one waiting. */
  readonly maxStartups?: string
  /** It shows a key that nobody has pinned. */
  readonly strangeHostKey?: boolean
  /** The key that we log in with is on the list of those that must be refused. */
  readonly clientKeyRevoked?: boolean
  /** No file may become larger than so many bytes, as with a quota: a write beyond it is answered with a failure. */
  readonly maxFileBytes?: number
}

/** The names of the key files in the server's folder. */
export const keyFiles = { host: 'host_key', strangeHost: 'other_host_key', client: 'client_key' } as const

/** Writes `sshd_config` into the server's folder. Gives its path. */
export async function writeSshdConfig(base: string, port: number, settings: SshdSettings): Promise<string> {
  const file = join(base, 'sshd_config')
  const lines = [
    'ListenAddress 127.0.0.1',
    `Port ${port}`,
    `HostKey ${join(base, settings.strangeHostKey ? keyFiles.strangeHost : keyFiles.host)}`,
    `PidFile ${join(base, 'sshd.pid')}`,
    `AuthorizedKeysFile ${join(base, keyFiles.client)}.pub`,
    ...(settings.clientKeyRevoked ? [`RevokedKeys ${join(base, keyFiles.client)}.pub`] : []),
    // The temporary folder is writable by others above us, which StrictModes would refuse.
    'StrictModes no',
    'UsePAM no',
    'PermitRootLogin prohibit-password',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'AllowTcpForwarding no',
    'PrintMotd no',
    'UseDNS no',
    `MaxStartups ${settings.maxStartups ?? '200'}`,
    `MaxSessions ${settings.maxSessions ?? 100}`,
    'LogLevel VERBOSE',
    `Subsystem sftp internal-sftp ${settings.sftp ?? ''}`,
  ]
  await writeFile(file, lines.join('\n') + '\n')
  return file
}
