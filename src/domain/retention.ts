/** The oldest day whose files are kept for `days` days, as midnight in UTC. Files of earlier days are removed. */
export function firstKeptDay(asOf: Date, days: number): Date {
  return new Date(Date.UTC(asOf.getUTCFullYear(), asOf.getUTCMonth(), asOf.getUTCDate() - days))
}
