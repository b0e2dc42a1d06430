import { ExportError } from '../domain/errors.js'

/** A read that is under way. Until it ends, vacuum on the source cannot remove row versions that it might see. */
export interface HeldRead {
  readonly tenantId: string
  /** Internal name. */
  readonly entity: string
  readonly seconds: number
}

export interface ReadLimits {
  /** How long a read may hold its transaction, in milliseconds; indefinitely by default. */
  readonly readLimitMs?: number
  /** How often a read that is under way is reported, in milliseconds; every ten minutes by default. */
  readonly noticeMs?: number
  readonly onHeld?: (read: HeldRead) => void
}

export interface ReadWatch {
  /** Aborts with SOURCE_READ_TOO_LONG at the limit. */
  readonly signal: AbortSignal
  /** The transaction begins. The time in which the read waits for a connection does not count. */
  begin(): void
  end(): void
}

/** Watches one read: reports it while it is under way, and aborts it at the limit. */
export function watchRead(of: Omit<HeldRead, 'seconds'>, limits: ReadLimits): ReadWatch {
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
    `Reading ${entity} of ${tenantId} took longer than ${limitMs / 60_000} minutes, the limit SOURCE_READ_LIMIT_MINUTES. Raise the limit if the table needs it.`,
  )
}
