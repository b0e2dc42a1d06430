import { readdirSync, readFileSync } from 'node:fs'
import { sep } from 'node:path'
import { titlesOf } from '../test-titles.js'
import { madeFrom } from './markdown.js'

/** The promises of ARCHITECTURE.md in a few words, from 1. */
const promises = [
  'Windows are half-open and tile',
  'A row that is committed before the snapshot of a file is in exactly one file',
  'The watermark moves last, and never goes back',
  'The next file covers periods that failed',
  'A full load for a new entity, and again only for a stated reason',
  'A second run of a day replaces its files with a superset, as the next revision',
  'Under its final name a file is never partial',
  'The manifest is written last, and other validators accept it',
  'No change in a window gives a file with only its header',
  'Deleted records come as rows with `is_deleted`',
  'At most one writer for a tenant and entity; a stale worker is fenced',
  'CSV is RFC 4180 in UTF-8, with values as Postgres prints them',
  'The token decides what a tenant may see or write, and the database a second time',
  'A person is alerted of what fails for good, is late or never happened, once per cause',
  'A default never changes what existing tenants receive',
] as const

/** A test, or a group of tests, whose title names promises. */
interface Holder {
  readonly file: string
  /** Without the promises at its end. */
  readonly title: string
  readonly promises: readonly number[]
}

/** `docs/reference/promises.md`, from the test files by their path. */
export function promisesPage(tests: ReadonlyMap<string, string>): string {
  const holders = [...tests].flatMap(([file, source]) => holdersOf(file, source))
  const unknown = holders.find((holder) => holder.promises.some((number) => !promises[number - 1]))
  if (unknown) throw new Error(`${unknown.file}: “${unknown.title}” names a promise that does not exist`)
  return [
    '# Which test holds which promise',
    '',
    `${madeFrom('the titles of the tests')} A title ends with \`(promise 3)\` or \`(promises 3, 6)\`. The title of a group of`,
    'tests stands for every test in it. [ARCHITECTURE.md](../../ARCHITECTURE.md#promises) has the promises in full.',
    ...promises.flatMap((promise, index) => section(index + 1, promise, holders)),
    '',
  ].join('\n')
}

function section(number: number, promise: string, holders: readonly Holder[]): string[] {
  const ofPromise = holders.filter((holder) => holder.promises.includes(number))
  const lines = ofPromise.flatMap(({ file, title }, index) => [
    ...(file === ofPromise[index - 1]?.file ? [] : [`- [${file}](../../${file})`]),
    `  - ${title.replaceAll('<', '&lt;').replaceAll('*', '\\*')}`,
  ])
  return ['', `## ${number}. ${promise}`, '', ...(lines.length > 0 ? lines : ['No test names it yet.'])]
}

function holdersOf(file: string, source: string): Holder[] {
  return titlesOf(source, ['test', 'describe']).flatMap((text) => {
    const [, title, numbers] = /^(.*\S)\s+\(promises? ([\d, ]+)\)$/s.exec(text) ?? []
    if (title === undefined || numbers === undefined) return []
    return [{ file, title, promises: numbers.split(',').map(Number) }]
  })
}

/** Every test file below a folder by its path, in order. */
export function readTests(folder: string): ReadonlyMap<string, string> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.test.ts'))
  const paths = files.map((name) => `${folder}/${name.replaceAll(sep, '/')}`).toSorted()
  return new Map(paths.map((path) => [path, readFileSync(path, 'utf8')]))
}
