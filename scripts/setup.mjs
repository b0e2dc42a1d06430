/**
 * Generates the Prisma client if it is missing or if what it is made from has changed. The scripts of package.json that need
 * it call this, because no install script runs (.npmrc).
 *
 * `node scripts/setup.mjs` generates it only if that is necessary, `… --again` always.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readKnownWords } from './known-words.mjs'

const words = readKnownWords('Usage: setup.mjs [--again]', ['--again'])
const root = fileURLToPath(new URL('..', import.meta.url))
/** The hash of what the client was made from. It is removed together with node_modules. */
const recordFile = join(root, 'node_modules/.cache/tidemark/prisma-client.sha256')
const sources = ['prisma/schema.prisma', 'prisma.config.ts', 'package-lock.json', 'scripts/prisma-generate.mjs']

function hashOf(files) {
  const hash = createHash('sha256')
  for (const file of files) hash.update(readFileSync(join(root, file)))
  return hash.digest('hex')
}

function isGeneratedFrom(hash) {
  const isThere = existsSync(join(root, 'src/generated/prisma/client.ts'))
  return isThere && existsSync(recordFile) && readFileSync(recordFile, 'utf8') === hash
}

const hash = hashOf(sources)
if (words.includes('--again') || !isGeneratedFrom(hash)) {
  const { status } = spawnSync(process.execPath, [join(root, 'scripts/prisma-generate.mjs')], { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
  mkdirSync(dirname(recordFile), { recursive: true })
  writeFileSync(recordFile, hash)
}
