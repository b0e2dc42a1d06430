import type { Command } from 'commander'
import { addCatalog } from './commands/catalog.js'
import { addChecks } from './commands/checks.js'
import { addCompletion } from './commands/completion.js'
import { addInstallation } from './commands/installation.js'
import { addMaintenance } from './commands/maintenance.js'
import { addRedeliver } from './commands/redeliver.js'
import { addSecrets } from './commands/secrets.js'
import { addServer } from './commands/server.js'
import { addSource } from './commands/source.js'
import { addState } from './commands/state.js'
import { addSteering } from './commands/steering.js'
import { exitCodeOf } from './exit-codes.js'
import { main, reportOnTerminal } from './main.js'
import { commandLine, runCommandLine } from './program.js'

// Each command loads only the modules that it needs, because sshd waits for `authorized-keys` at every login.
await main((stop) => runCommandLine(operatorCommands(stop)), reportFailure)

function reportFailure(error: unknown): void {
  reportOnTerminal(error)
  process.exitCode = exitCodeOf(error)
}

function operatorCommands(stop: AbortSignal): Command {
  const commands = commandLine('tidemark', "An operator's commands. They read the service's environment.")
  commands.commandsGroup('See:')
  addState(commands)
  commands.commandsGroup('Steer:')
  addSteering(commands, stop)
  addRedeliver(commands, stop)
  commands.commandsGroup('Check:')
  addChecks(commands, stop)
  commands.commandsGroup('Prepare a source:')
  addSource(commands, stop)
  addCatalog(commands)
  commands.commandsGroup('Maintain:')
  addMaintenance(commands, stop)
  addServer(commands, stop)
  addSecrets(commands)
  addInstallation(commands, stop)
  addCompletion(commands)
  return commands
}
