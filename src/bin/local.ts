import 'reflect-metadata'
import { join } from 'node:path'
import { readEnvironment } from '../config/env.js'
import { runDemo } from '../local/demo/demo.js'
import { runStart } from '../local/start.js'
import { main } from './main.js'

const home = readEnvironment()['TIDEMARK_HOME'] ?? '.tidemark'

await main(async (signal, stopped) => {
  const [command] = process.argv.slice(2)
  switch (command) {
    case 'start':
      process.exitCode = await runStart(readEnvironment(), home, { signal, stopped })
      return
    case 'demo':
      process.exitCode = await runDemo(readEnvironment(), join(home, 'demo'), { signal, stopped })
      return
    default:
      console.error('Usage: local.ts start | demo')
      process.exitCode = 2
  }
})
