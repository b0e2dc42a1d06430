/** No attempt takes longer: an upload that has begun is never cut because attempts have gone on for long enough. */
export const longestActivityMinutes = 24 * 60

export function minutesFromNow(minutes: number, now = Date.now()): string {
  return new Date(now + minutes * 60_000).toISOString()
}
