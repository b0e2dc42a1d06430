import type { Config } from '../config/config.js'
import type { ServerDependencies } from '../services/server/dependencies.js'
import type { SftpTarget } from '../sftp/sftp.js'
import type { Shared } from './shared.js'

/** What the checks of the SFTP server need. */
export function serverOf(
  { sftp: { host, port, root }, hiddenName }: Config,
  { stores, events }: Shared,
  sftp: SftpTarget,
): ServerDependencies {
  const server = { where: `${host}:${port}`, hiddenName, hasTenantRoots: root.includes('{tenant}') }
  return { servers: stores.servers, events, sftp, server }
}
