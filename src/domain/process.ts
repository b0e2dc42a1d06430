/** The processes of a deployment that report that they are alive. */
export const processKinds = {
  API: 'It answers GraphQL and REST, and keeps the schedules up to date.',
  WORKER: 'It takes tasks from the task queue, and runs exports.',
} as const
export type ProcessKind = keyof typeof processKinds

/** A process without a heartbeat for this long counts as dead. */
export const deadAfterMs = 35_000

/** A clock that differs from the database's by more than this shifts windows and tokens noticeably. */
export const tolerableSkewMs = 5_000
