/**
 * Builds ssh2's ciphers in native code, called by setup.mjs. They make no object and no copy for each packet, so that a
 * large file takes less of our time (docs/performance.md); all else is the same. ssh2's own install script would download
 * the headers of Node; this one takes those that came with Node. Where they or a compiler are missing, ssh2 goes on with
 * the ciphers of Node itself.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const require = createRequire(import.meta.url)
const nodeFolder = join(dirname(realpathSync(process.execPath)), '..')
const source = join(dirname(require.resolve('ssh2')), 'protocol/crypto')

/** Whether they are there already, and fit this Node. */
function isBuilt() {
  try {
    require(join(source, 'build/Release/sshcrypto.node'))
    return true
  } catch {
    return false
  }
}

/** Why they could not be built; undefined where they were. */
function build() {
  // npm says where its own is.
  const nodeGyp = process.env.npm_config_node_gyp
  if (nodeGyp === undefined) return 'this is to be run by npm'
  if (!existsSync(join(nodeFolder, 'include/node/node.h'))) return 'Node came without its headers'
  const openssl = process.versions.openssl.split('.')[0]
  const args = [nodeGyp, 'rebuild', `--nodedir=${nodeFolder}`, `--real_openssl_major=${openssl}`]
  const { status, stderr, error } = spawnSync(process.execPath, args, { cwd: source, encoding: 'utf8' })
  if (status === 0) return undefined
  return error?.message ?? causeIn(stderr)
}

/** What a tool said last that node-gyp called, or else what node-gyp says itself. */
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
      : `The native ciphers of ssh2 were not built (${reason}). SFTP works without them, at the price of some CPU time.`,
  )
}
