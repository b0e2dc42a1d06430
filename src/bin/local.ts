import 'reflect-metadata'
import { join } from 'node:path'
import { Command } from 'commander'
import { readEnvironment } from '../config/env.js'
import { runCli } from '../local/cli.js'
import { runDemo } from '../local/demo/demo.js'
import { runStart } from '../local/start.js'
import { main } from './main.js'
import { parseStrictly } from './parse-strictly.js'

const home = readEnvironment()['TIDEMARK_HOME'] ?? '.tidemark'

await main((signal, stopped) => {
  const program = new Command('local.ts').description('The whole stack on this machine.').enablePositionalOptions()
  program
    .command('start')
    .description('Start the stack and leave it running, until Ctrl-C: npm start.')
    .action(async () => {
      process.exitCode = await runStart(readEnvironment(), home, { signal, stopped })
    })
  program
    .command('demo')
    .description('Play the main job on a stack of its own, from a registration to compared files: npm run demo.')
    .action(async () => {
      process.exitCode = await runDemo(readEnvironment(), join(home, 'demo'), { signal, stopped })
    })
  program
    .command('cli')
    .description('Run a command of the operator beside a running npm start: npm run cli -- verify --all.')
    .argument('[command...]')
    .helpOption(false)
    .passThroughOptions()
    .allowUnknownOption()
    .action(async (args: string[]) => {
      process.exitCode = await runCli(home, args, signal)
    })
  return parseStrictly(program, process.argv.slice(2))
})
