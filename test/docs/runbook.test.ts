import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { exportErrors } from '../../src/domain/errors.js'

const folder = 'docs/runbook'
const fileOf = (code: string): string => `${code.toLowerCase().replaceAll('_', '-')}.md`
const codes = Object.keys(exportErrors)

test('the runbook lists every error code with its page, its meaning, for how long it is retried and when it alerts', () => {
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

test('the runbook has one page for each error code and no other pages', () => {
  expect(readdirSync(folder).toSorted()).toEqual(['README.md', ...codes.map(fileOf)].toSorted())
})

test.each(codes)('the page of %s says how to see it, what to do, and whether it heals automatically', (code) => {
  const text = readFileSync(`${folder}/${fileOf(code)}`, 'utf8')
  expect(text).toMatch(new RegExp(`^# ${code}\n`))
  expect(text.match(/^## .*$/gm)).toEqual(['## How to see it', '## What to do', '## Does it heal automatically?'])
})

test('every error that is not retried alerts with the first attempt', () => {
  const final = Object.values(exportErrors).filter(({ retry }) => retry === 'never')
  expect(final.filter(({ alert }) => !['at once', 'never'].includes(alert))).toEqual([])
})

test('every log line that the runbook explains is written by the code', () => {
  const page = readFileSync(`${folder}/README.md`, 'utf8')
  const table = page.slice(page.indexOf('## Log lines'), page.indexOf('## Tasks'))
  const messages = Array.from(table.matchAll(/^\| `([^`]+)` /gm), ([, message = '']) => message).slice(1)
  const code = ['src/telemetry/alerts.ts', 'src/telemetry/events.ts', 'src/http/request-log.ts']
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n')
  expect(messages.length).toBeGreaterThanOrEqual(10)
  expect(messages.filter((message) => !code.includes(`'${message}'`))).toEqual([])
})
