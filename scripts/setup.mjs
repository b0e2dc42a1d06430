/**
 * Makes what is not in the repository: the Prisma client, and the built console. It makes each of them only if it is missing or
 * if what it is made from has changed. The scripts of package.json that need one call this, because no install script runs (.npmrc).
 *
 * `node scripts/setup.mjs` makes only what is necessary, `… --again` everything. `… --without-console` is for `npm run schema`: the
 * console may already use a field that the printed schema lacks.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readKnownWords } from './known-words.mjs'

const words = readKnownWords('Usage: setup.mjs [--again] [--without-console]', ['--again', '--without-console'])
const root = fileURLToPath(new URL('..', import.meta.url))

const products = [
  {
    name: 'prisma-client',
    sources: ['prisma/schema.prisma', 'prisma.config.ts', 'package-lock.json', 'scripts/prisma-generate.mjs'],
    result: 'src/generated/prisma/client.ts',
    command: 'scripts/prisma-generate.mjs',
  },
  {
    name: 'console',
    sources: [
      'docs/schema.graphql',
      'docs/examples/load-into-postgres.sh',
      'package-lock.json',
      'console/index.html',
      'console/vite.config.ts',
      'console/public',
      'console/src',
      'scripts/console',
    ],
    // Generated from the others.
    except: 'console/src/gql/',
    result: 'console/dist/index.html',
    command: 'scripts/console/build.mjs',
  },
]

const wanted = products.filter(({ name }) => name !== 'console' || !words.includes('--without-console'))
for (const product of wanted) {
  const hash = hashOf(product)
  if (words.includes('--again') || !isMadeFrom(product, hash)) make(product, hash)
}

function hashOf({ sources, except }) {
  const hash = createHash('sha256')
  const files = sources.flatMap(filesIn).filter((file) => except === undefined || !file.startsWith(except))
  for (const file of files) hash.update(file).update(readFileSync(join(root, file)))
  return hash.digest('hex')
}

/** The file itself, or the files of a folder. */
function filesIn(path) {
  if (statSync(join(root, path)).isFile()) return [path]
  const entries = readdirSync(join(root, path), { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length))
    .toSorted()
}

/** What each product was made from. It is removed together with node_modules. */
function recordFile(name) {
  return join(root, `node_modules/.cache/tidemark/${name}.sha256`)
}

function isMadeFrom({ name, result }, hash) {
  const record = recordFile(name)
  return existsSync(join(root, result)) && existsSync(record) && readFileSync(record, 'utf8') === hash
}

function make({ name, command }, hash) {
  const { status } = spawnSync(process.execPath, [join(root, command)], { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
  mkdirSync(dirname(recordFile(name)), { recursive: true })
  writeFileSync(recordFile(name), hash)
}
