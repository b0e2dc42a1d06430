import { TestRunner } from 'vitest'

declare module 'vitest' {
  interface TaskMeta {
    /** What a test attacked, for the table at the end: see attack-table.ts. */
    attacks?: NotedAttack[]
  }
}

export interface NotedAttack {
  /** Tests that note the same name make one row of the table together. */
  readonly name: string
  /** How many times this test makes the attack; 1 unless told. */
  readonly times?: number | undefined
  /** What repeats it, where chance plays a part. */
  readonly seed?: number | undefined
}

/**
 * Notes what the running test attacks. Call it first: a test that fails before it is shown under its own name.
 * Called again, it adds to what was noted.
 */
export function attack(noted: NotedAttack): void {
  const test = TestRunner.getCurrentTest()
  if (!test) throw new Error(`attack(${noted.name}) was called outside of a test`)
  test.meta.attacks = [...(test.meta.attacks ?? []), noted]
}

/** The seed of all random attacks of this run (see vitest.config.ts): FAULTS_SEED=… repeats an earlier one. */
export const faultsSeed = Number(process.env['FAULTS_SEED'])
