import { spawnSync } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
const headers = join(dirname(realpathSync(process.execPath)), '../include/node/node.h')
/** Some packages of Node lack the headers: then that is the reason in every case, except without npm. */
const withoutHeaders = existsSync(headers) ? undefined : 'Node came without its headers'
const notBuilt = (reason: string): string =>
  `The native ciphers of ssh2 were not built (${reason}). SFTP works without them and uses more CPU time.\n`
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-native-'))
  await cp(join(root, 'scripts/native-cipher.mjs'), join(folder, 'scripts/native-cipher.mjs'))
  const crypto = join(folder, 'node_modules/ssh2/lib/protocol/crypto')
  await mkdir(crypto, { recursive: true })
  await writeFile(join(folder, 'node_modules/ssh2/lib/index.js'), '')
  await writeFile(join(folder, 'node_modules/ssh2/package.json'), '{ "name": "ssh2", "main": "lib/index.js" }')
})
afterEach(() => rm(folder, { recursive: true }))

/** Runs the script with a program in place of node-gyp. */
async function install(nodeGyp: string | undefined): Promise<{ status: number | null; stdout: string }> {
  const { npm_config_node_gyp: _, ...env } = process.env
  const program = join(folder, 'node-gyp.cjs')
  if (nodeGyp !== undefined) await writeFile(program, nodeGyp)
  const { status, stdout } = spawnSync(process.execPath, [join(folder, 'scripts/native-cipher.mjs')], {
    encoding: 'utf8',
    env: nodeGyp === undefined ? env : { ...env, npm_config_node_gyp: program },
  })
  return { status, stdout }
}

test.each([
  { without: 'npm', nodeGyp: undefined, reason: 'npm must run this script' },
  {
    without: 'Python',
    nodeGyp: `console.error('gyp ERR! find Python\\ngyp ERR! stack Error: Could not find any Python'); process.exit(1)`,
    reason: 'Could not find any Python',
  },
  {
    without: 'a compiler',
    nodeGyp: `console.error('make: g++: No such file\\ngyp ERR! stack Error: make failed'); process.exit(1)`,
    reason: 'make: g++: No such file',
  },
])(
  'the build of native ciphers without $without succeeds, and one line says why there are none',
  async ({ nodeGyp, reason }) => {
    const { status, stdout } = await install(nodeGyp)
    expect(stdout).toBe(notBuilt((nodeGyp && withoutHeaders) ?? reason))
    expect(status).toBe(0)
  },
)

test('the build of native ciphers uses the headers of this Node and downloads nothing', async () => {
  const { stdout } = await install(
    `const { existsSync } = require('node:fs')
    const [, nodedir] = /^--nodedir=(.*)$/.exec(process.argv.find((arg) => arg.startsWith('--nodedir=')))
    process.exit(existsSync(nodedir + '/include/node/node.h') ? 0 : 1)`,
  )
  expect(stdout).toBe(withoutHeaders ? notBuilt(withoutHeaders) : 'Built the native ciphers of ssh2.\n')
})
