import { readFileSync } from 'node:fs'
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

test('the first load of the console is at most 200 kB, compressed', () => {
  const html = readFileSync(`${folder}index.html`, 'utf8')
  const linked = [...html.matchAll(/(?:src|href)="\/console\/(assets\/[^"]+)"/g)].map(([, name = '']) => name)
  const files = new Set(linked.flatMap((name) => (name.endsWith('.js') ? [...withImports(name)] : [name])))
  const bytes = [...files].reduce((sum, name) => sum + gzipSync(readFileSync(folder + name), { level: 9 }).length, 0)
  expect(linked.some((name) => name.endsWith('.js'))).toBe(true)
  expect(bytes).toBeLessThanOrEqual(200_000)
  // The overview comes first for most users, and brings its own files.
  const [overview = ''] =
    /assets\/overview-page-[\w-]+\.js/.exec([...files].map((name) => readFileSync(folder + name, 'utf8')).join('')) ??
    []
  expect(overview).not.toBe('')
  const all = new Set([...files, ...withImports(overview)])
  const total = [...all].reduce((sum, name) => sum + gzipSync(readFileSync(folder + name), { level: 9 }).length, 0)
  expect(total).toBeLessThanOrEqual(200_000)
})
