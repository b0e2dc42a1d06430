import type { Reporter, TestModule } from 'vitest/node'

/** Ends vitest's output with one line that says it all: `12 passed, 0 failed`. */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const count = (state: string) => tests.filter((test) => test.result().state === state).length
    // A file that could not be loaded, or a hook around its tests, has failed without any of its tests having run.
    const broken = modules.filter((module) => module.errors().length > 0).length + unhandledErrors.length
    const skipped = count('skipped') + count('pending')
    const parts = [`${count('passed')} passed`, `${count('failed') + broken} failed`]
    if (skipped > 0) parts.push(`${skipped} skipped`)
    console.log(parts.join(', '))
  }
}
