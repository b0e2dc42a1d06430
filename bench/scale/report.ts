import type { Table } from '../section.js'
import type { Crowd } from './crowd.js'
import { type Costs, type Night, nightOf } from './model.js'
import type { Reconciled } from './reconcile.js'
import type { Taken } from './resources.js'

interface Scale {
  readonly crowds: readonly Crowd[]
  readonly costs: Costs
  readonly reconciled: Reconciled
}

export function scaleTables({ crowds, costs, reconciled }: Scale): Table[] {
  const perSchedule = reconciled.seconds / reconciled.schedules + reconciled.describeSeconds
  return [
    crowdsTable(crowds),
    costsTable(costs),
    ledgerTable(crowds),
    reconcilerTable(reconciled),
    fleetsTable(3, costs, perSchedule),
    fleetsTable(26, costs, perSchedule),
  ]
}

function crowdsTable(crowds: readonly Crowd[]): Table {
  return {
    title: 'The crowds, measured',
    head: ['tenants', 'entities', 'files', 'seconds', 'files/s', 'runs/s', "worker's peak, MB"],
    rows: crowds.map(({ tenants, entities, files, taken, peakRss }) => [
      count(tenants),
      count(entities),
      count(files),
      taken.seconds.toFixed(1),
      (files / taken.seconds).toFixed(1),
      (tenants / taken.seconds).toFixed(1),
      (peakRss / 2 ** 20).toFixed(0),
    ]),
  }
}

const units: readonly (readonly [name: keyof Taken, label: string, show: (value: number) => string])[] = [
  ['seconds', 'time of one worker, ms', ms],
  ['workerCpu', 'CPU of the worker, ms', ms],
  ['postgresCpu', 'CPU of Postgres, ms', ms],
  ['temporalCpu', 'CPU of Temporal, ms', ms],
  ['sshdCpu', 'CPU of sshd, ms', ms],
  ['transactions', 'transactions of Postgres, with the source', (value) => value.toFixed(1)],
  ['walBytes', 'write-ahead log of Postgres, kB', kilobytes],
  ['ledgerRows', "rows of Tidemark's tables", (value) => value.toFixed(1)],
  ['ledgerBytes', "Tidemark's tables with indexes, kB", kilobytes],
  ['historyEvents', 'events of the history in Temporal', (value) => value.toFixed(1)],
  ['historyBytes', 'bytes of the history in Temporal, kB', kilobytes],
  ['temporalBytes', "Temporal's database, kB", kilobytes],
]

function costsTable({ perRun, perFile }: Costs): Table {
  return {
    title: 'What a run and a file cost: solved from the crowds above',
    head: ['', 'each run', 'each file'],
    rows: units.map(([name, label, show]) => [label, show(perRun[name]), show(perFile[name])]),
  }
}

/** Of the crowd with the most entities. Tables that got no row are left out. */
function ledgerTable(crowds: readonly Crowd[]): Table {
  const { tenants, entities, tables } = crowds.toSorted((one, other) => other.entities - one.entities)[0] ?? {
    tenants: NaN,
    entities: NaN,
    tables: new Map(),
  }
  const written = [...tables].filter(([, { rows, bytes }]) => rows > 0 || bytes > 0)
  return {
    title: `What one run with ${entities} entities leaves in Tidemark's database`,
    head: ['table', 'rows', 'kB with indexes'],
    rows: written
      .toSorted(([, one], [, other]) => other.bytes - one.bytes)
      .map(([name, { rows, bytes }]) => [name, (rows / tenants).toFixed(1), kilobytes(bytes / tenants)]),
  }
}

function reconcilerTable({
  schedules,
  seconds,
  cpuSeconds,
  peakRss,
  answers,
  calls,
  describeSeconds,
}: Reconciled): Table {
  return {
    title: 'The reconciler, one comparison of all schedules',
    head: ['', 'all', 'each schedule'],
    rows: [
      ['schedules', count(schedules), ''],
      ['seconds, with a Temporal that answers at once', seconds.toFixed(1), `${ms(seconds / schedules)} ms`],
      ['CPU seconds', cpuSeconds.toFixed(1), `${ms(cpuSeconds / schedules)} ms`],
      ['peak memory', `${(peakRss / 2 ** 20).toFixed(0)} MB`, ''],
      ["answers of Tidemark's database", count(answers), (answers / schedules).toFixed(2)],
      ...Object.entries(calls).map(([name, all]) => [
        `calls of Temporal: ${name}`,
        count(all),
        (all / schedules).toFixed(2),
      ]),
      ['seconds that Temporal adds, calculated', (describeSeconds * schedules).toFixed(0), `${ms(describeSeconds)} ms`],
    ],
  }
}

const lines: readonly (readonly [label: string, show: (night: Night) => string])[] = [
  ['files in a night', ({ files }) => count(files)],
  ['machines like this one, for half an hour', ({ machines }) => count(machines)],
  ['seconds until the last run starts, `RUN_STARTS_PER_SECOND` = 10', ({ startSeconds }) => count(startSeconds)],
  ['workers: cores', ({ workerCores }) => workerCores.toFixed(1)],
  ['Postgres: connections of the workers', ({ postgres }) => count(postgres.connections)],
  ['Postgres: transactions/s', ({ postgres }) => count(postgres.transactionsPerSecond)],
  ['Postgres: cores', ({ postgres }) => postgres.cores.toFixed(1)],
  ['Postgres: GB of the ledger in a year', ({ postgres }) => gigabytes(postgres.ledgerBytesPerYear)],
  ['Temporal: runs started/s', ({ temporal }) => temporal.startsPerSecond.toFixed(1)],
  ['Temporal: events/s', ({ temporal }) => count(temporal.eventsPerSecond)],
  ['Temporal: cores', ({ temporal }) => temporal.cores.toFixed(1)],
  ['Temporal: GB of histories, kept 30 days', ({ temporal }) => gigabytes(temporal.historyBytesKept)],
  ['Temporal: rows of visibility, kept 30 days', ({ temporal }) => count(temporal.visibilityRows)],
  ['SFTP: connections', ({ sftp }) => count(sftp.connections)],
  ['SFTP: files/s', ({ sftp }) => count(sftp.filesPerSecond)],
  ['SFTP: cores', ({ sftp }) => sftp.cores.toFixed(1)],
  ['seconds of a comparison of all schedules, due every 600', ({ comparisonSeconds }) => count(comparisonSeconds)],
]

function fleetsTable(entities: number, costs: Costs, perSchedule: number): Table {
  const nights = [1_000, 10_000, 100_000].map((tenants) => ({
    tenants,
    night: nightOf({ tenants, entities }, costs, perSchedule),
  }))
  return {
    title: `Calculated: one night of half an hour, ${entities} entities each`,
    head: ['', ...nights.map(({ tenants }) => `${count(tenants)} tenants`)],
    rows: lines.map(([label, show]) => [label, ...nights.map(({ night }) => show(night))]),
  }
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}

function ms(seconds: number): string {
  return (seconds * 1000).toFixed(1)
}

function kilobytes(bytes: number): string {
  return (bytes / 1000).toFixed(1)
}

function gigabytes(bytes: number): string {
  return (bytes / 1e9).toFixed(bytes < 1e10 ? 1 : 0)
}
