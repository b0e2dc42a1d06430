/**
 * `npm run ciphers`: builds ssh2's ciphers in native code. The image, the benchmark and CI do so; everything else works with
 * the ciphers of Node. The native ones make no object and no copy for each packet, so a large file takes less CPU time
 * (docs/explanation/decisions/0008-native-ciphers.md). ssh2's own install script downloads the headers of Node; this script uses those that
 * came with Node. If they or a compiler are missing, it says why, and ssh2 uses the ciphers of Node.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { readKnownWords } from './known-words.mjs'

readKnownWords(
  'Usage: npm run ciphers\n\nBuilds the native ciphers of ssh2, where the machine has a compiler and the headers of Node.',
)

const require = createRequire(import.meta.url)
const nodeFolder = join(dirname(realpathSync(process.execPath)), '..')
const source = join(dirname(require.resolve('ssh2')), 'protocol/crypto')

/** Whether they are built already, for this version of Node. */
function isBuilt() {
  try {
    require(join(source, 'build/Release/sshcrypto.node'))
    return true
  } catch {
    return false
  }
}

/** Why they could not be built; undefined if they were. */
function build() {
  // npm names its own copy in the environment.
  const nodeGyp = process.env.npm_config_node_gyp
  if (nodeGyp === undefined) return 'npm must run this script'
  if (!existsSync(join(nodeFolder, 'include/node/node.h'))) return 'Node came without its headers'
  const openssl = process.versions.openssl.split('.')[0]
  const args = [nodeGyp, 'rebuild', `--nodedir=${nodeFolder}`, `--real_openssl_major=${openssl}`]
  const { status, stderr, error } = spawnSync(process.execPath, args, { cwd: source, encoding: 'utf8' })
  if (status === 0) return undefined
  return error?.message ?? causeIn(stderr)
}

/** The last line of a tool that node-gyp called, or else the error of node-gyp. */
function causeIn(stderr) {
  const said = stderr.trim().split('\n')
  const byTool = said.filter((line) => !line.startsWith('gyp ')).at(-1)
  return byTool ?? /^gyp ERR! stack (?:Error: )?(.+)$/m.exec(stderr)?.[1] ?? said.at(-1)
}

if (!isBuilt()) {
  const reason = build()
  console.log(
    reason === undefined
      ? 'Built the native ciphers of ssh2.'
      : `The native ciphers of ssh2 were not built (${reason}). SFTP works without them and uses more CPU time.`,
  )
}
