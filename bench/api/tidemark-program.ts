/** Tidemark's API in a process of its own, as `src/bin/api.ts`, at any free port: it says on a line at which URL. */
import 'reflect-metadata'
import { composeApi } from '../../src/compose/api.js'
import { loadConfig } from '../../src/config/config.js'
import { readEnvironment } from '../../src/config/env.js'

const api = await composeApi(loadConfig(readEnvironment()))
console.log(JSON.stringify({ url: await api.listen() }))
process.once('SIGTERM', () => void api[Symbol.asyncDispose]().then(() => process.exit(0)))
