/** The engine's JSON-RPC: a request a line on stdin, an answer a line on stdout, one after the other. */
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { offlineFactory, postgresFactory } from './postgres-adapter.mjs'
import { createEngine } from './wasm.mjs'

const noDatabase = { url: 'postgresql://127.0.0.1:1/none' }
const wasmNames = { getDatabaseVersion: 'version' }

export async function serveJsonRpc({ datamodels: files, datasource = noDatabase }) {
  const datamodels = files.map((file) => [file, readFileSync(file, 'utf8')])
  const factory = postgresFactory(datasource)
  let connected
  const engineFor = (request) => {
    if (comparesFilesOnly(request)) return createEngine(datamodels, offlineFactory())
    return (connected ??= createEngine(datamodels, factory))
  }
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    if (line.trim() === '') continue
    const request = JSON.parse(line)
    if (request.method) await answer(request, engineFor, factory)
  }
  // The pool of the adapter would keep the process alive.
  process.exit(0)
}

function comparesFilesOnly({ method, params }) {
  return method === 'diff' && [params.from, params.to].every(({ tag }) => tag === 'empty' || tag === 'schemaDatamodel')
}

async function answer(request, engineFor, factory) {
  try {
    const result = await call(await engineFor(request), request)
    write({ id: request.id, result: printed(request, result) ?? {} })
  } catch (error) {
    const { message, code } = original(error, factory)
    const data = { is_panic: false, message: message ?? String(error), meta: null, error_code: code ?? null }
    write({
      id: request.id,
      error: { code: 4466, message: 'An error happened. Check the data field for details.', data },
    })
  }
}

async function call(engine, { method, params }) {
  const name = wasmNames[method] ?? method
  if (typeof engine[name] !== 'function') throw new Error(`The wasm schema engine has no method ${method}`)
  try {
    return await engine[name](params)
  } catch (error) {
    // Some methods only read a cache, which diagnoseMigrationHistory fills.
    const { migrationsList, filters } = params ?? {}
    if (!/must be provided through an external factory/.test(String(error?.message)) || !migrationsList) throw error
    await engine.diagnoseMigrationHistory({ migrationsList, optInToShadowDatabase: true, filters })
    return engine[name](params)
  }
}

/** The native engine sends what `migrate diff` prints as a call of its own, ahead of the answer. */
function printed({ id, method }, result) {
  if (method !== 'diff' || typeof result?.stdout !== 'string') return result
  write({ id: 1_000_000 + id, method: 'print', params: { content: result.stdout.replace(/\n$/, '') } })
  return { exitCode: result.exitCode, stdout: null }
}

/** The wasm engine names an adapter's error by number. */
function original(error, factory) {
  const number = /External error id#(\d+)/.exec(error?.message ?? '')?.[1]
  return (number && factory.errorRegistry.consumeError(Number(number))?.error) || error
}

function write(message) {
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
}
