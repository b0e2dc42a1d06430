import type { Reporter, TestModule } from 'vitest/node'
import { markdownTable } from './markdown-table.js'

const columns = [
  { title: 'failure' },
  { title: 'incident' },
  { title: 'alert after (s)', numeric: true },
  { title: 'limit (s)', numeric: true },
  { title: 'steps to the cause' },
  { title: 'command' },
  { title: 'resolved after (s)', numeric: true },
]

/** Prints how soon operators were notified of each failure, and what they do; nothing where no test noted an incident. */
export default class IncidentTable implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const rows = tests
      .flatMap((test) => test.meta().incidents ?? [])
      .map((noted) => [
        noted.failure,
        noted.code,
        noted.alertSeconds.toFixed(1),
        noted.boundSeconds.toFixed(1),
        `${noted.steps.length}: ${noted.steps.join(', ')}`,
        noted.command,
        noted.resolvedSeconds.toFixed(1),
      ])
    if (rows.length > 0) console.log(`\n${markdownTable(columns, rows)}\n`)
  }
}
