/** Loads Prisma's schema engine from @prisma/schema-engine-wasm, as its own loader does only within a bundler. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import * as bindings from '@prisma/schema-engine-wasm/schema_engine_bg'

let panic = ''
globalThis.PRISMA_WASM_PANIC_REGISTRY ??= {
  get: () => panic,
  set_message: (message) => {
    panic = message
  },
}

const entry = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm')
const binary = readFileSync(entry.replace(/schema_engine\.js$/, 'schema_engine_bg.wasm'))
const { instance } = await WebAssembly.instantiate(binary, { './schema_engine_bg.js': bindings })
bindings.__wbg_set_wasm(instance.exports)
instance.exports.__wbindgen_start()

export const engineVersion = () => bindings.version()

/** What the engine said before it gave up; empty when it didn't. */
export const lastPanic = () => globalThis.PRISMA_WASM_PANIC_REGISTRY.get()

/**
 * @param {[string, string][]} datamodels pairs of file name and text
 * @param {object} adapterFactory a bound, migration-aware driver adapter factory
 */
export function createEngine(datamodels, adapterFactory) {
  const ignoreLogLine = () => {}
  return bindings.SchemaEngine.new(
    { datamodels: datamodels.length > 0 ? datamodels : undefined },
    ignoreLogLine,
    adapterFactory,
  )
}
