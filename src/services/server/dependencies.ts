import type { ServerStore } from '../../database/server/server-store.js'
import { serverMarkPath } from '../../domain/server-mark.js'
import type { SftpTarget } from '../../sftp/sftp.js'
import type { Events } from '../../telemetry/events.js'

export interface ServerDependencies {
  readonly servers: ServerStore
  readonly sftp: SftpTarget
  readonly events: Events
  readonly server: ServerSettings
}

export interface ServerSettings {
  /** `host:port` of the server, for messages. */
  readonly where: string
  /** The pattern of hidden names. */
  readonly hiddenName: string
  /** Whether each tenant has a root of its own, so that no folder is common to all. */
  readonly hasTenantRoots: boolean
}

/** The tenant whose folder has the mark; null if all tenants share a root. */
export function holderOf({ hasTenantRoots }: ServerSettings, tenantId: string): string | null {
  return hasTenantRoots ? tenantId : null
}

export function markPathOf({ hiddenName }: ServerSettings, holder: string | null): string {
  return serverMarkPath(hiddenName, holder)
}
