/**
 * The waits before further attempts, in seconds: those of Standard Webhooks 1.0.0, which last a little more than three days in
 * all.
 */
export const webhookWaits = [
  5,
  5 * 60,
  30 * 60,
  2 * 3600,
  5 * 3600,
  10 * 3600,
  14 * 3600,
  20 * 3600,
  24 * 3600,
] as const

/** A wait that an endpoint asks for with `Retry-After` is at most this long. */
const longestWait = 24 * 3600
/** A wait is up to a tenth longer, so that endpoints that failed together are not tried together. */
const jitter = 0.1

export interface FailedSend {
  /** The number of attempts so far, the failed one included. */
  readonly attempts: number
  /** What the endpoint asked for; null if it asked for nothing. */
  readonly retryAfterSeconds: number | null
}

export interface RetryPace {
  readonly now: Date
  /** From 0 to 1, for the jitter. */
  readonly random: number
  /** The length of a second, in ms. Tests let three days pass in seconds. */
  readonly unitMs: number
}

/** When the next attempt is due; null if there is none. `Retry-After` can make a wait longer, never shorter. */
export function nextSend({ attempts, retryAfterSeconds }: FailedSend, { now, random, unitMs }: RetryPace): Date | null {
  const wait = webhookWaits[attempts - 1]
  if (wait === undefined) return null
  const requested = Math.min(retryAfterSeconds ?? 0, longestWait)
  const seconds = Math.max(wait * (1 + jitter * random), requested)
  return new Date(now.getTime() + seconds * unitMs)
}

/** Seconds, or a date of HTTP. Null if the header is missing or means nothing. */
export function parseRetryAfter(value: string | undefined, now: Date): number | null {
  if (value === undefined) return null
  if (/^\d{1,9}$/.test(value.trim())) return Number(value)
  const at = Date.parse(value)
  return Number.isNaN(at) ? null : Math.max(0, Math.ceil((at - now.getTime()) / 1000))
}
