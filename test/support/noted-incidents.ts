import { TestRunner } from 'vitest'

declare module 'vitest' {
  interface TaskMeta {
    /** What a test has measured of an incident, for the table at the end: see incident-table.ts. */
    incidents?: NotedIncident[]
  }
}

export interface NotedIncident {
  /** What was broken. */
  readonly failure: string
  readonly code: string
  /** From the failure to the post at the webhook, and its limit. */
  readonly alertSeconds: number
  readonly boundSeconds: number
  /** From the fix to the post that reports the end. */
  readonly resolvedSeconds: number
  /** What a person reads one after the other until the cause is known. */
  readonly steps: readonly string[]
  /** What the person then does. */
  readonly command: string
}

/** Notes an incident of the running test. */
export function noteIncident(noted: NotedIncident): void {
  const test = TestRunner.getCurrentTest()
  if (!test) throw new Error(`noteIncident(${noted.failure}) was called outside of a test`)
  test.meta.incidents = [...(test.meta.incidents ?? []), noted]
}
