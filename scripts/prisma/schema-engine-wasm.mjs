#!/usr/bin/env node
/**
 * Stand-in for Prisma's native `schema-engine`: the same command line and JSON-RPC over stdin and stdout, done by
 * Prisma's own engine compiled to WebAssembly (@prisma/schema-engine-wasm), which npm delivers, over @prisma/adapter-pg.
 *
 * Only used by `prisma.mjs`, where the native engine could not be downloaded, to author and check migrations. It was
 * measured against `migrate dev/deploy/status/diff/reset/resolve` and `db push/pull`; TypedSQL and the preview features
 * partialIndexes and postgresqlExtensions do not work. It follows the internals of one Prisma version: `prisma`,
 * `@prisma/schema-engine-wasm` and `@prisma/adapter-pg` must be upgraded together. Never used at run time.
 */
import { runConnectionCommand } from './connection-commands.mjs'
import { log } from './engine-log.mjs'
import { serveJsonRpc } from './json-rpc.mjs'
import { engineVersion, lastPanic } from './wasm.mjs'

/** The options that the Prisma CLI passes; those that change nothing here are read over. */
function parseArguments(args) {
  const options = { datamodels: [], datasource: undefined, words: [] }
  const rest = [...args]
  while (rest.length > 0) {
    const word = rest.shift()
    if (word === '--datamodels' || word === '-d') options.datamodels.push(rest.shift())
    else if (word === '--datasource') options.datasource = JSON.parse(rest.shift())
    else if (word === '--enabled-preview-features' || word === '--extension-types') rest.shift()
    else options.words.push(word)
  }
  return options
}

process.on('uncaughtException', (error) => {
  log('ERROR', {
    is_panic: true,
    message: lastPanic() || String(error?.stack ?? error),
    backtrace: String(error?.stack),
  })
  process.exit(101)
})

const options = parseArguments(process.argv.slice(2))
if (options.words.includes('--version')) console.log(`schema-engine-cli ${engineVersion()}`)
else if (options.words[0] === 'cli')
  process.exitCode = await runConnectionCommand(options.words[1], options.datasource.url)
else await serveJsonRpc(options)
