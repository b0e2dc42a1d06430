import { TestRunner } from 'vitest'

declare module 'vitest' {
  interface TaskMeta {
    /** What a test put in and what came back, for the table at the end: see input-table.ts. */
    inputs?: NotedInput[]
  }
}

export interface NotedInput {
  readonly input: string
  readonly answer: string
}

/**
 * Notes a bad input with the answer that was really got, taken from what came back and never written down beforehand.
 * Call it as soon as the answer is there, before anything is expected of it: then a test that fails shows what it got.
 * One that fails before is shown under its own name.
 */
export function noteInput(input: string, answer: string): void {
  const test = TestRunner.getCurrentTest()
  if (!test) throw new Error(`noteInput(${input}) was called outside of a test`)
  test.meta.inputs = [...(test.meta.inputs ?? []), { input, answer }]
}
