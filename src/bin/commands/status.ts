import type { Command } from 'commander'
import type { Admin } from '../../compose/admin.js'
import { exitCodes } from '../exit-codes.js'
import { count, type JsonOption, show, time, withJson } from '../output.js'
import { printTable } from '../print-table.js'
import { printIncidents } from './incidents.js'
import { openAdmin } from './open-admin.js'

type Overview = Awaited<ReturnType<Admin['operations']['overview']>>
type Incidents = Parameters<typeof printIncidents>[0]

const mostIncidents = 20

/** Adds `status`, the first command of an engineer on call. */
export function addStatus(commands: Command): void {
  withJson(commands.command('status'))
    .description('show in numbers whether all is well: tenants, runs, open incidents, processes')
    .addHelpText('after', '\nExit codes: 0 all is well, 1 files are overdue, or a critical incident is open.')
    .action(async (options: JsonOption) => {
      await using admin = await openAdmin()
      const overview = await admin.operations.overview()
      const { edges } = await admin.incidents.page({ first: mostIncidents, isOpen: true })
      const incidents = edges.map(({ node }) => node)
      show(options, { ...overview, incidents }, () => printStatus(overview, incidents))
      const isWell = overview.overdue === 0 && overview.openIncidents.every(({ severity }) => severity !== 'critical')
      process.exitCode = isWell ? exitCodes.DONE.code : exitCodes.FOUND.code
    })
}

function printStatus(overview: Overview, incidents: Incidents): void {
  const { tenants, active, paused, overdue, failing, runsQueued, runsRunning, registrationsPending } = overview
  const { files, rows, bytes } = overview.delivered
  const lines: [string, string][] = [
    ['tenants', `${count(tenants)}: ${count(active)} active, ${count(paused)} paused`],
    ['overdue', `${count(overdue)}; oldest files that are due: ${time(overview.oldestUnpublished)}`],
    ['failing', count(failing)],
    ['runs', `${count(runsRunning)} running, ${count(runsQueued)} queued`],
    ['last 24 hours', `${count(files)} files, ${count(rows)} rows, ${count(bytes)} bytes`],
    ['schedules', `${count(registrationsPending)} not up to date`],
    ['alerts to post', overview.outboxSince ? `waiting since ${time(overview.outboxSince)}` : 'none'],
  ]
  for (const [name, text] of lines) console.log(`${name.padEnd(14)}  ${text}`)
  console.log('')
  printTable(
    ['process', 'host', 'pid', 'version', 'started', 'last seen', 'state'],
    overview.processes.map((process) => [
      process.kind,
      process.host,
      String(process.pid),
      process.version,
      time(process.startedAt),
      time(process.seenAt),
      process.isAlive ? 'alive' : 'NOT SEEN',
    ]),
  )
  console.log('')
  printIncidents(incidents)
}
