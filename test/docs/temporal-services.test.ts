import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { searchAttributes } from '../../src/contracts.js'

test('the page on Temporal services lists every search attribute with its type', () => {
  const page = readFileSync('docs/how-to/connect-a-temporal-service.md', 'utf8')
  const listed = Array.from(page.matchAll(/^ *\| `(\w+)` +\| (\w+) +\|$/gm), ([, name, type]) => [name, type])
  expect(Object.fromEntries(listed)).toEqual(searchAttributes)
})
