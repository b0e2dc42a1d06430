/**
 * What has to be made once after `npm install`, and again after an update: the Prisma client and ssh2's native ciphers. The
 * scripts of package.json that need it call it by name, for no install script runs (.npmrc). Where all is made it only looks.
 *
 * `node scripts/setup.mjs` makes what is missing, `… client` only the Prisma client, `… --again` everything.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readKnownWords } from './known-words.mjs'

const words = readKnownWords('Usage: setup.mjs [client] [--again]', ['client', '--again'])
const root = fileURLToPath(new URL('..', import.meta.url))
/** From what each thing was made. It is removed with node_modules, as the ciphers are. */
const recordFile = join(root, 'node_modules/.cache/tidemark/setup.json')
const record = existsSync(recordFile) ? JSON.parse(readFileSync(recordFile, 'utf8')) : {}

const client = {
  name: 'client',
  script: 'prisma-generate.mjs',
  source: () => hashOf('prisma/schema.prisma', 'prisma.config.ts', 'package-lock.json', 'scripts/prisma-generate.mjs'),
  isMissing: () => !existsSync(join(root, 'src/generated/prisma/client.ts')),
}

/** Where they can't be built, that is not tried again at each start. */
const cipher = {
  name: 'cipher',
  script: 'native-cipher.mjs',
  source: () => `${process.version} ${process.arch} ${hashOf('package-lock.json', 'scripts/native-cipher.mjs')}`,
  isMissing: () => record.cipherWasBuilt === true && !isCipherBuilt(),
}

function isCipherBuilt() {
  const ssh2 = dirname(createRequire(import.meta.url).resolve('ssh2'))
  return existsSync(join(ssh2, 'protocol/crypto/build/Release/sshcrypto.node'))
}

function hashOf(...files) {
  const hash = createHash('sha256')
  for (const file of files) hash.update(readFileSync(join(root, file)))
  return hash.digest('hex')
}

function make({ name, script, source, isMissing }) {
  const from = source()
  if (record[name] === from && !isMissing() && !words.includes('--again')) return
  const { status } = spawnSync(process.execPath, [join(root, 'scripts', script)], { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
  record[name] = from
  record.cipherWasBuilt = isCipherBuilt()
  mkdirSync(dirname(recordFile), { recursive: true })
  writeFileSync(recordFile, JSON.stringify(record))
}

make(client)
// npm says where its node-gyp is, without which nothing can be built.
if (!words.includes('client') && process.env.npm_config_node_gyp !== undefined) make(cipher)
