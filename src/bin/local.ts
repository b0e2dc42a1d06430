import 'reflect-metadata'
import { join } from 'node:path'
import { readEnvironment } from '../config/env.js'
import { runCli } from '../local/cli.js'
import { runDemo } from '../local/demo/demo.js'
import { runStart } from '../local/start.js'
import { main } from './main.js'

const home = readEnvironment()['TIDEMARK_HOME'] ?? '.tidemark'

await main(async (signal, stopped) => {
  const [command, ...args] = process.argv.slice(2)
  switch (command) {
    case 'start':
      process.exitCode = await runStart(readEnvironment(), home, { signal, stopped })
      return
    case 'demo':
      process.exitCode = await runDemo(readEnvironment(), join(home, 'demo'), { signal, stopped })
      return
    case 'cli':
      process.exitCode = await runCli(home, args, signal)
      return
    default:
      console.error('Usage: local.ts start | demo | cli …')
      process.exitCode = 2
  }
})
