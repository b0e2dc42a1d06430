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

/** A plan needs no server. If the server is away, the files of the run wait for it. */
export async function refuseOtherServer(deps: Guarded, tenantId: string, signal: AbortSignal): Promise<void> {
  try {
    await deps.requireServer(tenantId, signal)
  } catch (error) {
    if (signal.aborted || !(error instanceof ExportError)) throw error
    if (error.code === 'SFTP_SERVER_REPLACED' || error.code === 'SFTP_OTHER_INSTALLATION') throw error
    if (!error.code.startsWith('SFTP_')) throw error
  }
}
