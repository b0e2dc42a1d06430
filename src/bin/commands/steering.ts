import { setTimeout as delay } from 'node:timers/promises'
import type { Command } from 'commander'
import type { Admin } from '../../compose/admin.js'
import { exitCodes } from '../exit-codes.js'
import { type JsonOption, show, valueOf, withJson } from '../output.js'
import { openAdmin } from './open-admin.js'
import { hasEnded, printRun, type Run, wayOf } from './print-run.js'

/** Adds the commands that start, stop and repeat exports. Each is in the audit log of its tenant. */
export function addSteering(commands: Command, stop: AbortSignal): void {
  withJson(commands.command('run'))
    .description("start a run of a tenant's export now")
    .argument('<tenant>', 'the tenant id')
    .option('--wait', 'wait for the end of the run, and print it')
    .action(async (tenant: string, options: WaitOptions) => {
      await using admin = await openAdmin()
      const run = valueOf(await admin.runs.start(admin.actorFor(tenant)))
      if (run) await follow(admin, run, options, stop)
    })
  withJson(commands.command('pause'))
    .description("pause a tenant's scheduled runs until `resume`")
    .argument('<tenant>', 'the tenant id')
    .action(async (tenant: string, options: JsonOption) => {
      await using admin = await openAdmin()
      const paused = valueOf(await admin.registrations.pause(admin.actorFor(tenant)))
      if (paused) show(options, paused, () => console.log(`The export of ${tenant} is paused.`))
    })
}

export interface WaitOptions extends JsonOption {
  readonly wait?: true
}

const everyMs = 1000

/** Shows a run that was started: at once, or with `--wait` at its end. */
export async function follow(admin: Admin, started: Run, options: WaitOptions, stop: AbortSignal): Promise<void> {
  let run = started
  let shown = ''
  while (options.wait && !hasEnded(run) && !stop.aborted) {
    await delay(everyMs, undefined, { signal: stop }).catch(() => undefined)
    run = (await admin.runs.find(admin.actorFor(run.tenantId), run.id)) ?? run
    const line = `${run.status}: ${wayOf(run)} published`
    if (line !== shown) console.error((shown = line))
  }
  show(options, run, printRun)
  if (options.wait && run.status !== 'SUCCEEDED') process.exitCode = exitCodes.FOUND.code
}
