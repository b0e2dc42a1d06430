/**
 * Runs the Prisma CLI: `node scripts/prisma/prisma.mjs migrate status`. With Prisma's own schema engine where it was
 * downloaded; else with the stand-in beside this file, so that migrations can be authored and checked without it.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { findPrismaCli, hasNativeEngine } from './engine.mjs'

const cli = findPrismaCli()
if (cli === undefined) throw new Error('The Prisma CLI is not installed: run `npm install` with the dev dependencies.')
const env = { CHECKPOINT_DISABLE: '1', ...process.env }
if (!hasNativeEngine(cli) && process.platform !== 'win32') {
  env.PRISMA_SCHEMA_ENGINE_BINARY = fileURLToPath(new URL('./schema-engine-wasm.mjs', import.meta.url))
}
process.exitCode = spawnSync(process.execPath, [cli, ...process.argv.slice(2)], { stdio: 'inherit', env }).status ?? 1
