import { setMaxListeners } from 'node:events'
import { ExportError } from '../domain/errors.js'
import { connect } from './connect.js'
import { hostKeyTypes } from './host-key-types.js'
import { ConnectionPool } from './pool.js'
import { sessionOn } from './session.js'
import { defaultLimits, type SftpLimits, type SftpOptions, type SftpSession, type SftpTarget } from './types.js'

export type { SftpLimits, SftpOptions, SftpSession, SftpTarget } from './types.js'

/** For metrics. */
export interface WatchConnections {
  /** Is called once, with a function that counts the open connections. */
  readonly onPool: (countOpen: () => number) => void
  /** Is called when a connection has opened. */
  readonly onOpened: () => void
}

/** Opens connections when they are needed, and keeps them for a while. */
export function createSftpTarget(options: SftpOptions & Partial<SftpLimits>, watch?: WatchConnections): SftpTarget {
  const limits = { ...defaultLimits, ...options }
  const keyTypes = hostKeyTypes()
  const pool = new ConnectionPool({
    open: (signal) => connect(options, limits, keyTypes, signal),
    max: limits.maxConnections,
    idleMs: limits.idleMs,
    onOpened: () => watch?.onOpened(),
  })
  watch?.onPool(() => pool.openCount)

  async function session<T>(caller: AbortSignal, use: (session: SftpSession) => Promise<T>): Promise<T> {
    const { signal, end } = cancellable(caller)
    try {
      const connection = await pool.take(signal)
      try {
        return await use(sessionOn(connection, options, signal))
      } finally {
        pool.give(connection, !caller.aborted)
      }
    } finally {
      end()
    }
  }

  return {
    session,
    [Symbol.asyncDispose]: () => pool.close(),
  }
}

/** The caller's signal with a typed reason. `end` stops operations that are still under way after the session. */
function cancellable(caller: AbortSignal): { signal: AbortSignal; end: () => void } {
  const controller = new AbortController()
  setMaxListeners(0, controller.signal)
  const cancel = () =>
    controller.abort(new ExportError('CANCELLED', 'The transfer was cancelled.', { cause: caller.reason }))
  caller.addEventListener('abort', cancel)
  if (caller.aborted) cancel()
  return {
    signal: controller.signal,
    end() {
      caller.removeEventListener('abort', cancel)
      controller.abort(new ExportError('INTERNAL', 'The SFTP session has ended already.'))
    },
  }
}
