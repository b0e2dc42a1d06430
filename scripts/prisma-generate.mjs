/**
 * Generates the Prisma client, called by setup.mjs. Does nothing where the Prisma CLI isn't installed, as in the
 * production image, which brings the client compiled.
 *
 * Generating needs no engine, but the CLI insists on one and would try to download it. So where none was downloaded it
 * is shown another file that exists, which it never runs: generating then needs no network at all.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { findPrismaCli, hasNativeEngine } from './prisma/engine.mjs'

const cli = findPrismaCli()
if (cli !== undefined) {
  const env = { ...process.env, CHECKPOINT_DISABLE: '1', PRISMA_HIDE_UPDATE_MESSAGE: '1' }
  if (!hasNativeEngine(cli)) env.PRISMA_SCHEMA_ENGINE_BINARY = fileURLToPath(import.meta.url)
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [cli, 'generate', '--no-hints'], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    encoding: 'utf8',
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  if (status !== 0) {
    process.stderr.write(`prisma generate failed:\n${error?.message ?? ''}${stdout}${stderr}`)
    process.exitCode = 1
  }
}
