import { readFileSync } from 'node:fs'
import { exportErrors } from '../../src/domain/errors.js'
import { canHeal, type IncidentCode, meaningOf, operationsProblems } from '../../src/domain/incident.js'
import { runbookPage as pathOfPage } from '../../src/domain/incident-links.js'
import { code, inCell, table } from './markdown.js'
import { anExample, howItLooks } from './runbook-looks.js'

export const runbookPath = 'docs/runbook/README.md'

/** Every code has a page. */
export const runbookCodes = [...Object.keys(exportErrors), ...Object.keys(operationsProblems)] as IncidentCode[]

export const pathOfCode = (of: IncidentCode): string => pathOfPage(of, 'docs/runbook')

const end = '<!-- The end of what `npm run docs` makes. -->'
const beginnings = {
  runs: '<!-- `npm run docs` makes this table from src/domain/errors.ts. -->',
  operations: '<!-- `npm run docs` makes this table from src/domain/incident.ts. -->',
  example: '<!-- `npm run docs` makes this example from a recorded failure: test/docs/runbook. -->',
  look: '<!-- `npm run docs` makes this from a recorded failure: test/docs/runbook. -->',
}

/** The first page of the runbook, with its tables of codes made again. The rest of the page is written by hand. */
export function runbookPage(): string {
  const text = readFileSync(runbookPath, 'utf8')
  return [
    [beginnings.example, anExample()],
    [beginnings.runs, codesOfRuns()],
    [beginnings.operations, codesOfOperations()],
  ].reduce((page, [start = '', made = '']) => replaced(page, start, made), text)
}

/** The page of a code, with its meaning and what a failure looks like made again. The rest of the page is written by hand. */
export function codePage(of: IncidentCode): string {
  const text = readFileSync(pathOfCode(of), 'utf8')
  const at = text.indexOf(beginnings.look)
  const head = `# ${of}\n\n${meaningOf(of)}\n\n## How it looks\n\n`
  return replaced(`${head}${text.slice(Math.max(at, 0))}`, beginnings.look, howItLooks(of))
}

function replaced(text: string, start: string, made: string): string {
  const from = text.indexOf(start)
  const to = text.indexOf(end, from)
  if (from < 0 || to < 0) throw new Error(`The page lacks the comments ${start} and ${end}: ${text.slice(0, 60)}`)
  return `${text.slice(0, from)}${start}\n\n${made}\n\n${text.slice(to)}`
}

function codesOfRuns(): string {
  const rows = Object.entries(exportErrors).map(([name, { meaning, retry, alert }]) => [
    linkOf(name),
    retry,
    alert,
    inCell(meaning),
  ])
  return table(['code', 'retried', 'alert', 'meaning'], rows)
}

function codesOfOperations(): string {
  const rows = Object.entries(operationsProblems).map(([name, { severity, meaning }]) => [
    linkOf(name),
    severity,
    canHeal(name as IncidentCode) ? 'after a delay' : 'at once',
    inCell(meaning),
  ])
  return table(['code', 'severity', 'alert', 'meaning'], rows)
}

function linkOf(name: string): string {
  return `[${code(name)}](${name.toLowerCase().replaceAll('_', '-')}.md)`
}
