/**
 * Where the Prisma CLI is, and whether its native `schema-engine` came with it. The engine is no part of the npm
 * package: it is downloaded from a host of Prisma's, which can't be reached from everywhere.
 */
import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'

/** @returns {string | undefined} the CLI's entry file; undefined where it isn't installed, as in the production image */
export function findPrismaCli() {
  try {
    return createRequire(import.meta.url).resolve('prisma/build/index.js')
  } catch {
    return undefined
  }
}

/**
 * @param {string} cli the CLI's entry file
 * @returns {boolean} whether the native engine was downloaded, or one of the operator's own is named
 */
export function hasNativeEngine(cli) {
  if (process.env.PRISMA_SCHEMA_ENGINE_BINARY) return true
  const engines = dirname(createRequire(cli).resolve('@prisma/engines/package.json'))
  return readdirSync(engines).some((file) => file.startsWith('schema-engine-'))
}
