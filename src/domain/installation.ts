/** Which installation of Tidemark has what in Temporal. */
export interface InstallationState {
  /** The id of this database's installation. */
  readonly id: string
  /** Which installation has the task queue; null if none has marked it. */
  readonly taskQueueOf: string | null
  /** Schedules for this task queue that this installation has not written. */
  readonly foreign: readonly ForeignSchedule[]
}

export interface ForeignSchedule {
  readonly tenantId: string
  /** Null for a schedule of a release that did not mark them. */
  readonly installation: string | null
}
