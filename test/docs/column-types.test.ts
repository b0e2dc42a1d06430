import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { columnTypes, irregularRules } from '../../src/domain/entity.js'
import { namesOf } from '../../src/domain/described.js'

const page = readFileSync('docs/reference/column-types.md', 'utf8')
const firstCells = (from: string, to: string) =>
  Array.from(page.slice(page.indexOf(from), page.indexOf(to)).matchAll(/^\| `(\w+)`/gm), ([, name]) => name)

test('the page on column types lists every type of the catalog', () => {
  expect(firstCells('| type', '## Types that are text').toSorted()).toEqual([...namesOf(columnTypes)].toSorted())
})

test('the page on column types lists every rule for irregular values', () => {
  expect(firstCells('| `irregular`', 'A column is a').filter((name) => name !== 'irregular')).toEqual([
    ...irregularRules,
  ])
})
