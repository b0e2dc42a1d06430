import { readdirSync, readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'

const folder = 'console/dist/'

/** The chunk and all that it imports before it runs. */
function withImports(name: string, seen = new Set<string>()): Set<string> {
  if (seen.has(name)) return seen
  seen.add(name)
  const source = readFileSync(folder + name, 'utf8')
  const imported = source.matchAll(/(?:from|import)\s*"\.\/([\w.-]+\.js)"/g)
  for (const [, file = ''] of imported) withImports(`assets/${file}`, seen)
  return seen
}

const html = readFileSync(`${folder}index.html`, 'utf8')
const linked = [...html.matchAll(/(?:src|href)="\/console\/(assets\/[^"]+)"/g)].map(([, name = '']) => name)
const atFirst = new Set(linked.flatMap((name) => (name.endsWith('.js') ? [...withImports(name)] : [name])))
const pages = readdirSync(`${folder}assets`).flatMap((file) => {
  const [, name] = /^(\w+)-page-[\w-]+\.js$/.exec(file) ?? []
  return name === undefined ? [] : [{ name, file }]
})

test.each(pages)('the first load of the console with the page $name is at most 200 kB, compressed', ({ file }) => {
  const files = [...new Set([...atFirst, ...withImports(`assets/${file}`)])]
  const bytes = files.reduce((sum, name) => sum + gzipSync(readFileSync(folder + name), { level: 9 }).length, 0)
  expect(bytes).toBeLessThanOrEqual(200_000)
})

test('the first load of the console has a script, a style and a file for each of its pages', () => {
  expect([...atFirst].map((name) => name.replace(/^.*\./, ''))).toEqual(expect.arrayContaining(['js', 'css']))
  expect(pages.map(({ name }) => name)).toEqual(readdirSync('console/src/pages').toSorted())
})
