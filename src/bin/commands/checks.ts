import { type Command, InvalidArgumentError } from 'commander'
import { type JsonOption, withJson } from '../output.js'
import type { VerifyOptions } from '../verify-command.js'

/** Adds the commands that check and change nothing. */
export function addChecks(commands: Command, stop: AbortSignal): void {
  withJson(commands.command('verify'))
    .description('compare delivered files with the ledger, their manifests and the source')
    .option('--all', 'the files of all tenants and days')
    .option('--tenant <id>', 'only the files of this tenant')
    .option('--day <YYYY-MM-DD>', 'only the files of this day', dayFrom)
    .option('--no-source', 'do not read the source')
    .addHelpText('after', '\nExit codes: 0 no difference, 1 a difference, 2 something could not be checked.')
    .action(async (options: VerifyOptions & { all?: true }, command: Command) => {
      if (!options.all && !options.tenant && !options.day) {
        command.error('error: no files are selected. Add --all, --tenant or --day.')
      }
      const { verifyCommand } = await import('../verify-command.js')
      process.exitCode = await verifyCommand(options, stop)
    })
  withJson(commands.command('check-source'))
    .description('check the source for hidden rows, lost changes and slow reads')
    .argument('[entity...]', 'display or internal names; all entities by default')
    .addHelpText('after', '\nExit codes: 0 no refusal, 1 a refusal, 2 the source could not be reached.')
    .action(async (names: readonly string[], { json = false }: { json?: boolean }, command: Command) => {
      const { checkSourceCommand } = await import('../check-source-command.js')
      process.exitCode = await checkSourceCommand({ names, json }, (message) => command.error(`error: ${message}`))
    })
  withJson(commands.command('doctor'))
    .description('check settings, servers and rights, and say what to do about each problem')
    .option('--tenant <id>', 'explain what may keep this tenant from its files, instead')
    .option('--fix', 'with --tenant: first repair it with what is recorded, by a run that exports nothing')
    .addHelpText('after', '\nExit codes: 0 everything is right, 1 a check failed.')
    .action(async (options: JsonOption & { tenant?: string; fix?: true }, command: Command) => {
      const { tenant } = options
      if (options.fix && tenant === undefined) command.error('error: --fix repairs one tenant. Add --tenant.')
      if (tenant !== undefined) {
        const { tenantDoctorCommand } = await import('../tenant-doctor-command.js')
        return tenantDoctorCommand({ ...options, tenant }, stop)
      }
      const { doctorCommand } = await import('../doctor-command.js')
      process.exitCode = await doctorCommand(options)
    })
}

function dayFrom(text: string): Date {
  const day = new Date(`${text}T00:00:00Z`)
  if (!Number.isNaN(day.getTime()) && day.toISOString().slice(0, 10) === text) return day
  throw new InvalidArgumentError(`${text} is not a day: give it as YYYY-MM-DD.`)
}
