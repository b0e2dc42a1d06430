import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { titlesOf } from '../../scripts/test-titles.js'
import { privateWords } from '../support/private-words.js'

const files = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => ({ name, source: readFileSync(`test/${name}`, 'utf8') }))

const titles = files.flatMap(({ name, source }) => titlesOf(source, ['test']).map((title) => ({ name, title })))

/** Words after which a title is no sentence without the title of its group. */
const openings =
  /^(should|is|are|was|has|have|does|can|can't|cannot|may|must|of|that|which|and|or|but|refuses|takes|gives|shows|tells|says)\b/

test('each file below test has at most 300 lines', () => {
  const long = files.filter(({ source }) => source.trimEnd().split('\n').length > 300)
  expect(long.map(({ name }) => name)).toEqual([])
})

test('each test is written with `test` and none with `it`', () => {
  expect(files.filter(({ source }) => titlesOf(source, ['it']).length > 0).map(({ name }) => name)).toEqual([])
})

test('each test title has at least three words', () => {
  expect(titles.filter(({ title }) => title.split(/\s+/).length < 3)).toEqual([])
})

test('each test title begins with its subject, and stands alone without the title of its group', () => {
  expect(titles.filter(({ title }) => openings.test(title))).toEqual([])
})

test('no test title has a phrase that readers have to decode', () => {
  expect(titles.filter(({ title }) => privateWords.some(({ phrase }) => phrase.test(title)))).toEqual([])
})
