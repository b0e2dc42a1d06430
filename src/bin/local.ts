import 'reflect-metadata'
import { join } from 'node:path'
import { readEnvironment } from '../config/env.js'
import { runCli } from '../local/cli.js'
import { runDemo } from '../local/demo/demo.js'
import { runStart } from '../local/start.js'
import { main } from './main.js'
import { commandLine, runCommandLine } from './program.js'

const home = readEnvironment()['TIDEMARK_HOME'] ?? '.tidemark'

await main(async (signal, stopped) => {
  const commands = commandLine('local', 'Tidemark with all that it needs, on this machine.').enablePositionalOptions()
  commands
    .command('start')
    .description('npm start: start the stack and leave it running')
    .action(async () => {
      process.exitCode = await runStart(readEnvironment(), home, { signal, stopped })
    })
  commands
    .command('demo')
    .description('npm run demo: the main job from registration to delivered files, on a stack that starts empty')
    .action(async () => {
      process.exitCode = await runDemo(readEnvironment(), join(home, 'demo'), { signal, stopped })
    })
  commands
    .command('cli')
    .description("npm run cli: an operator's command, beside a running npm start")
    .argument('[word...]')
    .helpOption(false)
    .passThroughOptions()
    .allowUnknownOption()
    .action(async (words: readonly string[]) => {
      process.exitCode = await runCli(home, words, signal)
    })
  await runCommandLine(commands)
})
