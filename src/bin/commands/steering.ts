import type { Command } from 'commander'
import type { Admin } from '../../compose/admin.js'
import { exitCodes } from '../exit-codes.js'
import { printTable } from '../print-table.js'
import { type JsonOption, show, time, valueOf, withJson } from '../output.js'
import { openAdmin } from './open-admin.js'
import { retry, type RetryOptions } from './retry.js'
import { moment } from './words.js'
import { follow, type WaitOptions } from './follow.js'
import { printRun } from './print-run.js'

/** Adds the commands that start, stop and repeat exports. Each is in the audit log of its tenant. */
export function addSteering(commands: Command, stop: AbortSignal): void {
  withJson(commands.command('run'))
    .description("start a run of a tenant's export now")
    .argument('<tenant>', 'the tenant id')
    .argument('[entity...]', 'display or internal names of active entities; all active entities by default')
    .option('--wait', 'wait for the end of the run, and print it')
    .action(async (tenant: string, entities: string[], options: WaitOptions) => {
      await using admin = await openAdmin()
      const request = entities.length > 0 ? { entityList: entities } : {}
      await follow(admin, valueOf(await admin.runs.start(admin.actorFor(tenant), request)), options, stop)
    })
  withJson(commands.command('retry'))
    .description('start runs of what failed: of one run, of one tenant, or of all tenants')
    .argument('[tenant]', 'the tenant id')
    .argument('[run]', "the id of an ended run; the tenant's last run by default")
    .option('--failed', 'of all tenants whose last run failed')
    .option('--since <time>', 'with --failed: only runs that ended since then', moment)
    .option('--code <code>', 'with --failed: only runs that failed with this code')
    .option('--wait', 'of one run: wait for the end of the run, and print it')
    .action((tenant: string | undefined, run: string | undefined, options: RetryOptions, command: Command) =>
      retry(tenant, run, options, { command, stop }),
    )
  withJson(commands.command('cancel'))
    .description('cancel a run that is queued or running; published files stay')
    .argument('<tenant>', 'the tenant id')
    .argument('<run>', 'the id of the run')
    .action(async (tenant: string, run: string, options: JsonOption) => {
      await using admin = await openAdmin()
      const cancelled = valueOf(await admin.runs.cancel(admin.actorFor(tenant), run))
      if (cancelled) show(options, cancelled, printRun)
    })
  withJson(commands.command('pause'))
    .description("pause a tenant's scheduled runs until `resume`")
    .argument('<tenant>', 'the tenant id')
    .action(async (tenant: string, options: JsonOption) => {
      await using admin = await openAdmin()
      const paused = valueOf(await admin.registrations.pause(admin.actorFor(tenant)))
      if (paused) show(options, paused, () => console.log(`The export of ${tenant} is paused.`))
    })
  withJson(commands.command('resume'))
    .description("resume a tenant's scheduled runs, also if they were paused in the Temporal UI")
    .argument('<tenant>', 'the tenant id')
    .option('--by-period', 'make a file for each period that was missed; by default one file covers them all')
    .action(async (tenant: string, options: JsonOption & { readonly byPeriod?: true }) => {
      await using admin = await openAdmin()
      const catchUp = options.byPeriod ? 'BY_PERIOD' : 'ONE_FILE'
      const resumed = valueOf(await admin.registrations.resume(admin.actorFor(tenant), catchUp))
      if (resumed) show(options, resumed, () => console.log(resumedAs(resumed)))
    })
  withJson(commands.command('test-delivery'))
    .description('take each step of a delivery to a tenant on a worker, and name the step that fails')
    .argument('<tenant>', 'the tenant id')
    .action(async (tenant: string, options: JsonOption) => {
      await using admin = await openAdmin()
      const tested = valueOf(await admin.deliveryTests.test(admin.actorFor(tenant)))
      if (!tested) return
      show(options, tested, printDeliveryTest)
      if (!tested.passed) process.exitCode = exitCodes.FOUND.code
    })
}

type DeliveryTest = Extract<Awaited<ReturnType<Admin['deliveryTests']['test']>>, { ok: true }>['value']

function printDeliveryTest({ steps }: DeliveryTest): void {
  printTable(
    ['step', 'status', 'ms', 'message', 'to do'],
    steps.map(({ name, status, durationMs, message, remedy }) => [
      name,
      status,
      durationMs === null ? '-' : String(Math.round(durationMs)),
      message ?? '',
      remedy ?? '',
    ]),
  )
}

type Resumed = Extract<Awaited<ReturnType<Admin['registrations']['resume']>>, { ok: true }>['value']

function resumedAs({ tenantId, schedule }: Resumed): string {
  const [next] = schedule.nextRunTimes
  return `The export of ${tenantId} is resumed. ${next ? `The next scheduled run is at ${time(next)}.` : 'It has no scheduled run, because it is disabled.'}`
}
