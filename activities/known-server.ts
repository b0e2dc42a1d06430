import { ExportError } from '../src/domain/errors.js'
import type { SftpTarget } from '../src/sftp/sftp.js'
import type { ActivityDependencies } from './dependencies.js'

type Guarded = Pick<ActivityDependencies, 'sftp' | 'requireServer'>

/**
 * The same dependencies, which open a session only on the SFTP server on record. What needs no session does not look at the
 * server.
 */
export function onKnownServer<D extends Guarded>(deps: D, tenantId: string): D {
  let known: Promise<void> | undefined
  const sftp: SftpTarget = {
    ...deps.sftp,
    session: async (signal, use) => {
      await (known ??= deps.requireServer(tenantId, signal))
      return deps.sftp.session(signal, use)
    },
  }
  return { ...deps, sftp }
}

/** Whether the server did not do what was asked. False if it is not the one on record: then nothing may be planned either. */
export function isServerAway(error: unknown): error is ExportError {
  if (!(error instanceof ExportError) || !error.code.startsWith('SFTP_')) return false
  return error.code !== 'SFTP_SERVER_REPLACED' && error.code !== 'SFTP_OTHER_INSTALLATION'
}
