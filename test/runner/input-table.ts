import type { Reporter, TestModule } from 'vitest/node'
import { markdownTable } from './markdown-table.js'
import { observations } from './observations.js'

const columns = [{ title: 'input' }, { title: 'answer' }, { title: 'held / fell' }]
/** An answer that is longer is cut off: the table is for reading. */
const longestAnswer = 110

/** Prints the table of the bad inputs; nothing where no test of the project ran. */
export default class InputTable implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const rows = observations(modules, 'security', (meta) => meta.inputs).map(({ noted, name, outcome }) => [
      noted?.input ?? name,
      shortened(noted?.answer ?? ''),
      outcome,
    ])
    if (rows.length > 0) console.log(`\n${markdownTable(columns, rows)}\n`)
  }
}

function shortened(answer: string): string {
  return answer.length > longestAnswer ? `${answer.slice(0, longestAnswer - 1)}…` : answer
}
