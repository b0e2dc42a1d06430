import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { exportErrors } from '../../src/domain/errors.js'
import { type IncidentCode, meaningOf, operationsProblems, remedyOf } from '../../src/domain/incident.js'
import { commandsOf, linksOf } from '../../src/domain/incident-links.js'
import { isIncident } from '../../src/domain/incident-subject.js'
import { anIncident } from '../support/incidents.js'
import { blocksOf } from './pages.js'
import { expectedOf } from './runbook/expected-commands.js'

const folder = 'docs/runbook'
const codesOfRuns = Object.keys(exportErrors) as (keyof typeof exportErrors)[]
const codes = [...codesOfRuns, ...Object.keys(operationsProblems)] as IncidentCode[]
const fileOf = (code: string): string => `${code.toLowerCase().replaceAll('_', '-')}.md`
const textOf = (code: string): string => readFileSync(`${folder}/${fileOf(code)}`, 'utf8')
const mostLines = 60

/** The text of a section of a page. */
function section(code: string, title: string): string {
  const [, text = ''] = textOf(code).split(`\n## ${title}\n`)
  return text.split('\n## ')[0] ?? ''
}

test('the runbook lists every code of runs with its page, its meaning, for how long it is retried and when it alerts', () => {
  const rows = readFileSync(`${folder}/README.md`, 'utf8').matchAll(
    /^\| \[`([A-Z_]+)`\]\(([a-z-]+\.md)\) *\| (never|few|hours) *\| (at once|after a delay|never) *\| (.+?) *\|$/gm,
  )
  const listed = Array.from(rows, ([, code, page, retry, alert, meaning]) => [code, { page, retry, alert, meaning }])
  const known = Object.entries(exportErrors).map(([code, { retry, alert, meaning }]) => [
    code,
    { page: fileOf(code), retry, alert, meaning },
  ])
  expect(Object.fromEntries(listed)).toEqual(Object.fromEntries(known))
})

test('the runbook lists every code that Tidemark watches for', () => {
  const page = readFileSync(`${folder}/README.md`, 'utf8')
  for (const [code, { severity, meaning }] of Object.entries(operationsProblems)) {
    const row = page.split('\n').find((line) => line.startsWith(`| [\`${code}\`](${fileOf(code)})`))
    expect(row, code).toMatch(new RegExp(`\\| ${severity} +\\|`))
    expect(row).toContain(meaning)
  }
})

test('the runbook has one page for each code and no other pages', () => {
  expect(readdirSync(folder).toSorted()).toEqual(['README.md', ...codes.map(fileOf)].toSorted())
})

test.each(codes)('the page of %s has the form of all pages, and is short', (code) => {
  const text = textOf(code)
  expect(text.startsWith(`# ${code}\n\n${meaningOf(code)}\n`)).toBe(true)
  expect(text.match(/^## .*$/gm)).toEqual([
    '## How it looks',
    '## Why',
    '## What to do',
    '## How to know that it is over',
    '## Does it heal automatically?',
  ])
  expect(section(code, 'How it looks')).toContain('```text\n')
  expect(text.split('\n').length).toBeLessThanOrEqual(mostLines)
})

test.each(codes.filter(isIncident))(
  'the alert on the page of %s has the remedy and the command of the code',
  (code) => {
    const alert = section(code, 'How it looks')
    expect(alert).toContain(`${code} (`)
    expect(alert).toContain(`What to do: ${remedyOf(code)}`)
    expect(alert).toContain(`Runbook: ${folder}/${fileOf(code)}`)
    const { retry } = commandsOf(anIncident({ code }))
    if (retry === null) return
    expect(alert).toContain(`After the fix: ${retry}`)
    expect(section(code, 'What to do')).toContain(`${retry}\n`)
  },
)

test('every command of the runbook is one that a test runs', () => {
  for (const name of readdirSync(folder)) {
    const commands = blocksOf(`${folder}/${name}`).filter(({ language }) => language === 'sh')
    for (const { text, line } of commands) {
      for (const command of text.split('\n')) expectedOf(command.trim(), `${name}:${line}`)
    }
  }
})

test.each(codes)('the page of %s has commands that fix it, and that show that it is over', (code) => {
  expect(section(code, 'What to do')).toMatch(/```sh\n/)
  expect(section(code, 'How to know that it is over')).toMatch(/```sh\n *tidemark /)
})

test.each(codesOfRuns)('the page of %s says for how long attempts go on', (code) => {
  const heals = section(code, 'Does it heal automatically?').trim()
  const { retry } = exportErrors[code]
  const settings = { never: null, few: 'EXPORT_MAX_ATTEMPTS', hours: 'EXPORT_RETRY_MINUTES' }[retry]
  if (settings !== null) expect(heals).toContain(settings)
  else expect(heals).not.toMatch(/EXPORT_(MAX_ATTEMPTS|RETRY_MINUTES)/)
  expect(heals).toMatch(/^(Yes|No|Often|When|With)\b/)
})

test.each(codes)('the alert of %s links to its page', (code) => {
  const bases = { temporalUi: { url: undefined, namespace: 'default' }, runbook: folder }
  const { runbook } = linksOf(anIncident({ code }), bases)
  expect(existsSync(runbook), runbook).toBe(true)
  expect(readFileSync(runbook, 'utf8')).toMatch(new RegExp(`^# ${code}\n`))
})

test('every error that is not retried alerts at once', () => {
  const final = Object.values(exportErrors).filter(({ retry }) => retry === 'never')
  expect(final.filter(({ alert }) => !['at once', 'never'].includes(alert))).toEqual([])
})

test('every log line that the runbook explains is written by the code', () => {
  const page = readFileSync(`${folder}/README.md`, 'utf8')
  const table = page.slice(page.indexOf('## Log lines'), page.indexOf('## Tasks'))
  const messages = Array.from(table.matchAll(/^\| `([^`]+)` /gm), ([, message = '']) => message).slice(1)
  const events = readdirSync('src/telemetry/events').map((name) => `src/telemetry/events/${name}`)
  const code = ['src/telemetry/alerts.ts', 'src/http/request-log.ts', ...events]
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n')
  expect(messages.length).toBeGreaterThanOrEqual(10)
  expect(messages.filter((message) => !code.includes(`'${message}'`))).toEqual([])
})
