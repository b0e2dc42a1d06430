import type { Command } from 'commander'
import type { Admin } from '../../compose/admin.js'
import { count, type JsonOption, notFound, show, time, withJson } from '../output.js'
import { printTable } from '../print-table.js'
import { addEvents } from './events.js'
import { addIncidents } from './incidents.js'
import { openAdmin } from './open-admin.js'
import { causeOf, printRun, wayOf } from './print-run.js'
import { printTenants } from './print-tenants.js'
import { addStatus } from './status.js'
import { days, limit, moment } from './words.js'

/** Adds the commands that show what Tidemark does. They change nothing. */
export function addState(commands: Command): void {
  addStatus(commands)
  addIncidents(commands)
  addEvents(commands)
  withJson(commands.command('tenants'))
    .description('show the exports of all tenants: state, last success, next run, and what is wrong')
    .option('--overdue', 'only tenants whose files are overdue')
    .option('--failing', 'only tenants whose runs have failed since their last success')
    .option('--paused', 'only tenants whose export is paused')
    .option('--disabled', 'only tenants whose export is disabled')
    .option(
      '--not-fetched-for <days>',
      'only tenants with files that were delivered and not fetched for this many days',
      days,
    )
    .option('--search <text>', 'only tenants with this text in their id')
    .option('--sort <order>', 'the order: id, overdue, failing, largest or last-success', 'id')
    .action(async (options: TenantsOptions, command: Command) => {
      await using admin = await openAdmin()
      const sort = admin.tenantSorts.find((known) => wordOf(known) === options.sort)
      if (!sort) command.error(`error: there is no order ${options.sort}: ${admin.tenantSorts.map(wordOf).join(', ')}.`)
      await showTenants(admin, options, sort)
    })
  withJson(commands.command('runs'))
    .description("show a tenant's last runs, or one run with its entities")
    .argument('<tenant>', 'the tenant id')
    .argument('[run]', 'the id of a run')
    .option('--failed', 'only runs that failed, at least in part')
    .option('--limit <number>', 'at most this many, 1 to 100', limit, 20)
    .action(async (tenant: string, run: string | undefined, options: RunsOptions) => {
      await using admin = await openAdmin()
      await (run === undefined ? showRuns(admin, tenant, options) : showRun(admin, tenant, run, options))
    })
  withJson(commands.command('deliveries'))
    .description("show a tenant's last published files")
    .argument('<tenant>', 'the tenant id')
    .option('--entity <name>', 'only this entity: its internal name')
    .option('--run <id>', 'only files that this run published')
    .option('--redelivered', 'only files that were redelivered')
    .option('--since <time>', 'only files that were published since then', moment)
    .option('--limit <number>', 'at most this many, 1 to 100', limit, 20)
    .action(async (tenant: string, options: DeliveriesOptions) => {
      await using admin = await openAdmin()
      await showDeliveries(admin, tenant, options)
    })
}

interface TenantsOptions extends JsonOption {
  readonly overdue?: true
  readonly failing?: true
  readonly paused?: true
  readonly disabled?: true
  readonly notFetchedFor?: number
  readonly search?: string
  readonly sort: string
}

interface RunsOptions extends JsonOption {
  readonly failed?: true
  readonly limit: number
}

interface DeliveriesOptions extends JsonOption {
  readonly entity?: string
  readonly run?: string
  readonly redelivered?: true
  readonly since?: Date
  readonly limit: number
}

async function showTenants(admin: Admin, options: TenantsOptions, sort: Admin['tenantSorts'][number]): Promise<void> {
  const filter = { ...options, notFetchedForDays: options.notFetchedFor }
  const tenants = await admin.operations.tenantsMatching(filter, sort)
  show(options, tenants, () => printTenants(tenants))
}

/** An order as a command line has it: `last-success`. */
function wordOf(sort: Admin['tenantSorts'][number]): string {
  return sort.toLowerCase().replaceAll('_', '-')
}

async function showRuns(admin: Admin, tenant: string, options: RunsOptions): Promise<void> {
  const status = options.failed ? (['FAILED', 'PARTIALLY_FAILED'] as const) : undefined
  const { edges } = await admin.runs.page(admin.actorFor(tenant), { first: options.limit, status })
  const runs = edges.map(({ node }) => node)
  show(options, runs, () =>
    printTable(
      ['run', 'status', 'trigger', 'began', 'ended', 'done', 'cause'],
      runs.map((run) => [
        run.id,
        run.status,
        run.trigger,
        time(run.startedAt ?? run.queuedAt),
        time(run.finishedAt),
        wayOf(run),
        causeOf(run),
      ]),
    ),
  )
}

async function showRun(admin: Admin, tenant: string, id: string, options: JsonOption): Promise<void> {
  const run = await admin.runs.find(admin.actorFor(tenant), id)
  if (!run) return notFound(`${tenant} has no run ${id}. \`tidemark runs ${tenant}\` lists the runs.`)
  show(options, run, printRun)
}

async function showDeliveries(admin: Admin, tenant: string, options: DeliveriesOptions): Promise<void> {
  const { entity, run: runId, redelivered, since, limit: first } = options
  const { edges } = await admin.deliveries.page(admin.actorFor(tenant), { first, entity, runId, redelivered, since })
  const files = edges.map(({ node }) => node)
  show(options, files, () =>
    printTable(
      ['published', 'entity', 'mode', 'from', 'to', 'rows', 'bytes', 'path'],
      files.map((file) => [
        time(file.publishedAt),
        file.entity,
        file.load.mode,
        time(file.load.mode === 'DELTA' ? file.load.from : null),
        time(file.to),
        count(file.rows),
        count(file.bytes),
        file.path,
      ]),
    ),
  )
}
