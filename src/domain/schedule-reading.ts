/** What Temporal reports of a tenant's schedule. */
export interface ScheduleReading {
  /** The number of runs that Temporal has missed: it was down for longer than the catch-up window. */
  readonly missed: number
  /** The number of runs that Temporal has skipped: too many were waiting. */
  readonly skipped: number
  /** The note of a pause that an operator made in Temporal; null if there is no such pause. */
  readonly pausedNote: string | null
}
