/** A day before this one is older than so many days, as midnight in UTC: its files are to be removed. */
export function firstKeptDay(asOf: Date, days: number): Date {
  return new Date(Date.UTC(asOf.getUTCFullYear(), asOf.getUTCMonth(), asOf.getUTCDate() - days))
}
