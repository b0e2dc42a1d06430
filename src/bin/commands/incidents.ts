import type { Command } from 'commander'
import type { Admin } from '../../compose/admin.js'
import { count, type JsonOption, notFound, show, time, withJson } from '../output.js'
import { printTable } from '../print-table.js'
import { openAdmin } from './open-admin.js'
import { limit } from './words.js'

type Incident = NonNullable<Awaited<ReturnType<Admin['incidents']['find']>>>
type Affected = Awaited<ReturnType<Admin['incidents']['affected']>>

interface IncidentsOptions extends JsonOption {
  readonly all?: true
  readonly tenant?: string
  readonly limit: number
}

/** Adds `incidents`, which shows the causes of failures over all tenants. */
export function addIncidents(commands: Command): void {
  withJson(commands.command('incidents'))
    .description('show open incidents, or one incident with its cause, the tenants that it affects, and what to do')
    .argument('[incident]', 'the id of an incident, or its first eight characters')
    .option('--all', 'resolved incidents, too')
    .option('--tenant <id>', 'only incidents of this tenant')
    .option('--limit <number>', 'at most this many, 1 to 100', limit, 20)
    .action(async (id: string | undefined, options: IncidentsOptions) => {
      await using admin = await openAdmin()
      await (id === undefined ? showIncidents(admin, options) : showIncident(admin, id, options))
    })
}

async function showIncidents(admin: Admin, options: IncidentsOptions): Promise<void> {
  const { edges } = await admin.incidents.page({
    first: options.limit,
    isOpen: options.all ? null : true,
    tenantId: options.tenant,
  })
  const incidents = edges.map(({ node }) => node)
  show(options, incidents, () => printIncidents(incidents))
}

export function printIncidents(incidents: readonly Incident[]): void {
  if (incidents.length === 0) return console.log('There is no open incident.')
  printTable(
    ['incident', 'severity', 'code', 'cause', 'opened', 'resolved', 'tenants', 'files'],
    incidents.map((incident) => [
      incident.id.slice(0, 8),
      incident.severity,
      incident.code,
      incident.subject,
      time(incident.openedAt),
      time(incident.resolvedAt),
      count(incident.extent.tenants),
      count(incident.extent.files),
    ]),
  )
}

async function showIncident(admin: Admin, id: string, options: IncidentsOptions): Promise<void> {
  const incident = await admin.incidents.find(id)
  if (!incident) return notFound(`There is no incident ${id}. \`tidemark incidents --all\` lists them.`)
  const affected = await admin.incidents.affected(incident.id, options.limit)
  show(options, { ...incident, affected }, () => printIncident(incident, affected))
}

export function printIncident(incident: Incident, affected: Affected): void {
  const { code, subject, severity, openedAt, resolvedAt, extent, links, commands } = incident
  console.log(`${code} (${severity}): ${incident.meaning}`)
  const lines: [string, string][] = [
    ['cause', `${subject}: ${extent.latest.message}`],
    ['opened', time(openedAt)],
    ['state', resolvedAt ? `resolved ${time(resolvedAt)}` : 'open'],
    [
      'affects',
      `${count(extent.tenants)} tenants, ${count(extent.files)} files; runs that ended without them: ${count(extent.failedRuns)}`,
    ],
    ['oldest window', time(extent.oldestWindow)],
    ['to do', incident.remedy],
    ...(commands.retry === null ? [] : [['then', commands.retry] as [string, string]]),
    ['runbook', links.runbook],
    ...(links.workflow === null ? [] : [['workflow', links.workflow] as [string, string]]),
  ]
  for (const [name, text] of lines) console.log(`${name.padEnd(13)}  ${text}`)
  if (affected.length === 0) return
  console.log('')
  printTable(
    ['tenant', 'entity', 'since', 'attempts', 'final', 'ended', 'message'],
    affected.map((row) => [
      row.tenantId ?? '-',
      row.entity ?? '-',
      time(row.since),
      count(row.attempts),
      row.isFinal ? 'yes' : 'no',
      time(row.endedAt),
      row.message,
    ]),
  )
}
