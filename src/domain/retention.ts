/**
 * The days of files that will be removed within the notice, from `first` to before `end`. The notice is at most half of the time for
 * which files are kept. No day, if either is 0.
 */
export function expiringDays(
  asOf: Date,
  days: number,
  noticeDays: number,
): { readonly first: Date; readonly end: Date } {
  const first = firstKeptDay(asOf, days)
  const notice = Math.min(noticeDays, Math.floor(days / 2))
  return { first, end: new Date(first.getTime() + notice * 86_400_000) }
}

/** The oldest day whose files are kept for `days` days, as midnight in UTC. Files of earlier days are removed. */
export function firstKeptDay(asOf: Date, days: number): Date {
  return new Date(Date.UTC(asOf.getUTCFullYear(), asOf.getUTCMonth(), asOf.getUTCDate() - days))
}
