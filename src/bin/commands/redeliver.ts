import { setTimeout as delay } from 'node:timers/promises'
import type { Command } from 'commander'
import type { Admin } from '../../compose/admin.js'
import { exitCodes } from '../exit-codes.js'
import { show, valueOf, withJson } from '../output.js'
import { printTable } from '../print-table.js'
import { follow, type WaitOptions } from './follow.js'
import { openAdmin } from './open-admin.js'
import { hasEnded, type Run } from './print-run.js'
import { moment } from './words.js'

interface RedeliverOptions extends WaitOptions {
  readonly all?: true
  readonly since: Date
  readonly until?: Date
}

type Line = Awaited<ReturnType<ReturnType<Admin['runs']['redeliverAll']>['next']>>['value'] & object

/** Adds the command that writes past files again, for one tenant or for all tenants. */
export function addRedeliver(commands: Command, stop: AbortSignal): void {
  withJson(commands.command('redeliver'))
    .description('write past files again, as later revisions: of one tenant, or of all tenants')
    .argument('[tenant]', 'the tenant id')
    .option('--all', 'of all tenants')
    .requiredOption('--since <time>', 'every file whose window ends after this time', moment)
    .option('--until <time>', 'only files whose window begins before this time; now by default', moment)
    .option('--wait', 'wait for the end of the runs, and print it')
    .action(async (tenant: string | undefined, options: RedeliverOptions, command: Command) => {
      if ((tenant === undefined) !== (options.all === true)) {
        return command.error('error: name a tenant, or give --all for all tenants.')
      }
      await using admin = await openAdmin()
      const period = { from: options.since, to: options.until ?? new Date() }
      if (tenant === undefined) return await redeliverAll(admin, period, options, stop)
      await follow(admin, valueOf(await admin.runs.redeliver(admin.actorFor(tenant), period)), options, stop)
    })
}

async function redeliverAll(
  admin: Admin,
  period: { readonly from: Date; readonly to: Date },
  options: RedeliverOptions,
  stop: AbortSignal,
): Promise<void> {
  const lines: Line[] = []
  for await (const line of admin.runs.redeliverAll(admin.operator, period)) {
    lines.push(line)
    if (lines.length % 100 === 0) console.error(`${lines.length} tenants so far`)
    if (stop.aborted) break
  }
  const ended = options.wait ? await Promise.all(lines.map((line) => atEnd(admin, line, stop))) : lines
  show(options, ended, printLines)
  if (ended.some(({ run }) => run === null)) process.exitCode = exitCodes.REFUSED.code
  else if (options.wait && ended.some(({ run }) => run?.status !== 'SUCCEEDED')) process.exitCode = exitCodes.FOUND.code
}

const everyMs = 1000

async function atEnd(admin: Admin, line: Line, stop: AbortSignal): Promise<Line> {
  let { run } = line
  while (run && !hasEnded(run) && !stop.aborted) {
    await delay(everyMs, undefined, { signal: stop }).catch(() => undefined)
    run = await admin.runs.find(admin.actorFor(line.tenantId), run.id)
  }
  return { ...line, run }
}

function printLines(lines: readonly Line[]): void {
  if (lines.length > 0) {
    printTable(
      ['tenant', 'run', 'status', 'why not'],
      lines.map(({ tenantId, run, userErrors }) => [
        tenantId,
        run?.id ?? '-',
        run?.status ?? '-',
        [...userErrors.map(({ message }) => message), ...(run ? failures(run) : [])].join(' '),
      ]),
    )
  }
  console.log(`Tenants: ${lines.length}. Runs started: ${lines.filter(({ run }) => run !== null).length}.`)
}

/** Each cause once: an operator reads which tenants need a full load instead. */
function failures({ error, entities }: Run): string[] {
  const all = [error, ...entities.map((entity) => entity.error)]
  return [...new Set(all.flatMap((each) => (each ? [`${each.code}: ${each.message}`] : [])))]
}
