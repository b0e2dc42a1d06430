import { ExportError } from '../domain/errors.js'

/** A read that is under way: as long as it lasts, the source can clean up no row that has changed since it began. */
export interface HeldRead {
  readonly tenantId: string
  /** Internal name. */
  readonly entity: string
  readonly seconds: number
}

export interface HoldLimits {
  /** How long a read may hold its transaction, in milliseconds; for ever where not given. */
  readonly readLimitMs?: number
  /** How often it is told that a read holds its transaction still, in milliseconds; every ten minutes by default. */
  readonly noticeMs?: number
  readonly onHeld?: (read: HeldRead) => void
}

export interface Hold {
  /** Aborts with SOURCE_READ_TOO_LONG when the time is over. */
  readonly signal: AbortSignal
  /** The transaction begins: waiting for a free connection holds nothing yet. */
  begin(): void
  end(): void
}

/** Watches over one read: tells from time to time that it goes on, and ends it when it has gone on for too long. */
export function watchHold(of: Omit<HeldRead, 'seconds'>, limits: HoldLimits): Hold {
  const { readLimitMs, noticeMs = 600_000, onHeld = () => {} } = limits
  const late = new AbortController()
  const timers: NodeJS.Timeout[] = []
  return {
    signal: late.signal,
    begin: () => {
      const began = Date.now()
      timers.push(setInterval(() => onHeld({ ...of, seconds: (Date.now() - began) / 1000 }), noticeMs))
      if (readLimitMs !== undefined) timers.push(setTimeout(() => late.abort(tooLong(of, readLimitMs)), readLimitMs))
    },
    end: () => {
      for (const timer of timers) clearTimeout(timer)
    },
  }
}

function tooLong({ tenantId, entity }: Omit<HeldRead, 'seconds'>, limitMs: number): ExportError {
  return new ExportError(
    'SOURCE_READ_TOO_LONG',
    `Reading ${entity} of ${tenantId} held a transaction of the source for ${limitMs / 60_000} minutes, which is the limit (SOURCE_READ_LIMIT_MINUTES).`,
  )
}
