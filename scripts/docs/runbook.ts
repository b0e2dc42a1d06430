import { readFileSync } from 'node:fs'
import { exportErrors } from '../../src/domain/errors.js'
import { code, inCell, table } from './markdown.js'

export const runbookPath = 'docs/runbook/README.md'

const start = '<!-- `npm run docs` makes this table from src/domain/errors.ts. -->'
const end = '<!-- The end of the table. -->'

/** The first page of the runbook, with its table of codes made again. The rest of the page is written by hand. */
export function runbookPage(): string {
  const text = readFileSync(runbookPath, 'utf8')
  const from = text.indexOf(start)
  const to = text.indexOf(end)
  if (from < 0 || to < from) throw new Error(`${runbookPath} lacks the comments around its table of codes.`)
  return `${text.slice(0, from)}${start}\n\n${codes()}\n\n${text.slice(to)}`
}

function codes(): string {
  const rows = Object.entries(exportErrors).map(([name, { meaning, retry, alert }]) => [
    `[${code(name)}](${name.toLowerCase().replaceAll('_', '-')}.md)`,
    retry,
    alert,
    inCell(meaning),
  ])
  return table(['code', 'retried', 'alert', 'meaning'], rows)
}
