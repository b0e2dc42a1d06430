import 'reflect-metadata'
import { join } from 'node:path'
import { readEnvironment } from '../src/config/env.js'
import { main } from '../src/bin/main.js'
import { commandLine, runCommandLine } from '../src/bin/program.js'

const checkParentEveryMs = 500
const home = readEnvironment()['TIDEMARK_HOME'] ?? '.tidemark'

endWithNpm()

// Each command loads only its own modules: an operator's command does not wait for those of the stack.
await main(async (signal, stopped) => {
  const commands = commandLine(
    'dev',
    'Runs Tidemark with everything that it needs on this machine.',
  ).enablePositionalOptions()
  commands
    .command('start')
    .description('npm start: start the stack and keep it running')
    .action(async () => {
      const { runStart } = await import('./start.js')
      process.exitCode = await runStart(readEnvironment(), home, { signal, stopped })
    })
  commands
    .command('demo')
    .description('npm run demo: register exports, deliver files and check them, on an empty stack')
    .option('--all', 'show the options of a registration, too', false)
    .action(async ({ all }: { all: boolean }) => {
      const { runDemo } = await import('./demo/demo.js')
      process.exitCode = await runDemo(readEnvironment(), join(home, 'demo'), { all, signal, stopped })
    })
  commands
    .command('demo-incident')
    .description('npm run demo:incident: play an outage of the SFTP server, and show what an engineer on call sees')
    .action(async () => {
      const { incidentFolder, runIncidentDemo } = await import('./incident/incident-demo.js')
      process.exitCode = await runIncidentDemo(readEnvironment(), incidentFolder(home), { signal, stopped })
    })
  commands
    .command('cli')
    .description("npm run cli: run an operator's command on the stack of a running npm start")
    .argument('[word...]')
    .helpOption(false)
    .passThroughOptions()
    .allowUnknownOption()
    .action(async (words: readonly string[]) => {
      const { runCli } = await import('./cli.js')
      process.exitCode = await runCli(home, words, signal)
    })
  await runCommandLine(commands)
})

/** Stops as after SIGTERM if npm is killed and passes on no signal, or if the output is closed. */
function endWithNpm(): void {
  const end = (): void => void process.kill(process.pid, 'SIGTERM')
  for (const stream of [process.stdout, process.stderr]) stream.once('error', end).on('error', () => undefined)
  if (readEnvironment()['npm_lifecycle_event'] === undefined) return
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    end()
  }, checkParentEveryMs)
  timer.unref()
}
