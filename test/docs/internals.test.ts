import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const page = readFileSync('docs/reference/internals.md', 'utf8')
const rows = Array.from(page.matchAll(/^\|.*\| `([^`]+)` *\| `([^`]+)`: "(.+)" *\|$/gm), ([, where, file, title]) => ({
  where: where ?? '',
  file: file ?? '',
  title: title ?? '',
}))

test('the page of internals lists the private parts that the code relies on', () => {
  expect(rows.length).toBeGreaterThanOrEqual(18)
  expect(rows).toHaveLength(page.match(/^\| /gm)!.length - 2)
})

test.each(rows)('the file $where of the page of internals exists, and so does its canary: $title', (row) => {
  expect(existsSync(row.where)).toBe(true)
  const titles = readFileSync(row.file, 'utf8').replaceAll("\\'", "'")
  expect(titles).toContain(row.title)
})
