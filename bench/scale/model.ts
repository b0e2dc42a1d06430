import type { Crowd } from './crowd.js'
import type { Taken } from './resources.js'

/** What one run takes, however few its files are, and what each file takes. */
export interface Costs {
  readonly perRun: Taken
  readonly perFile: Taken
}

type Sample = Pick<Crowd, 'tenants' | 'files' | 'taken'>

/** Solves taken = runs · perRun + files · perFile for two crowds with different numbers of files in a run. Never below 0. */
export function costsOf(one: Sample, other: Sample): Costs {
  const determinant = one.tenants * other.files - other.tenants * one.files
  if (determinant === 0) throw new Error('Both crowds have the same number of files in each run.')
  const solve = (left: number, right: number): { run: number; file: number } => {
    const run = (left * other.files - right * one.files) / determinant
    const file = (one.tenants * right - other.tenants * left) / determinant
    // Noise can make one of them negative. Then the other one bears all.
    if (run < 0) return { run: 0, file: (left + right) / (one.files + other.files) }
    if (file < 0) return { run: (left + right) / (one.tenants + other.tenants), file: 0 }
    return { run, file }
  }
  const names = Object.keys(one.taken) as (keyof Taken)[]
  const solved = names.map((name) => ({ name, ...solve(one.taken[name], other.taken[name]) }))
  const taken = (of: 'run' | 'file'): Taken =>
    Object.fromEntries(solved.map((found) => [found.name, found[of]])) as unknown as Taken
  return { perRun: taken('run'), perFile: taken('file') }
}

export interface Fleet {
  readonly tenants: number
  /** Of each tenant. */
  readonly entities: number
}

/** Settings that bound a midnight, with their defaults. */
export const settings = {
  /** `DATABASE_POOL_SIZE` and `SOURCE_POOL_SIZE` */
  databasePool: 10,
  sourcePool: 8,
  /** `SFTP_MAX_CONNECTIONS` */
  sftpConnections: 8,
  /** `RUN_STARTS_PER_SECOND` */
  runStarts: 10,
  /** Sixty times `RECONCILE_SECONDS` */
  comparisonSeconds: 600,
  /** The retention time of the namespace in docker-compose.yml. */
  retentionDays: 30,
} as const

/** What a fleet takes in one night that is to be over in half an hour, by multiplication. */
export interface Night {
  readonly files: number
  /** As many as this machine has cores for, Postgres, Temporal and the SFTP server included. */
  readonly machines: number
  readonly startSeconds: number
  readonly workerCores: number
  readonly postgres: {
    readonly connections: number
    readonly transactionsPerSecond: number
    readonly cores: number
    readonly ledgerBytesPerYear: number
  }
  readonly temporal: {
    readonly startsPerSecond: number
    readonly eventsPerSecond: number
    readonly cores: number
    readonly historyBytesKept: number
    readonly visibilityRows: number
  }
  readonly sftp: { readonly connections: number; readonly filesPerSecond: number; readonly cores: number }
  readonly comparisonSeconds: number
}

const nightSeconds = 1800

export function nightOf({ tenants, entities }: Fleet, { perRun, perFile }: Costs, secondsPerComparison: number): Night {
  const files = tenants * entities
  const all = (name: keyof Taken): number => tenants * perRun[name] + files * perFile[name]
  const perSecond = (name: keyof Taken): number => all(name) / nightSeconds
  const machines = Math.max(1, Math.ceil(perSecond('seconds')))
  return {
    files,
    machines,
    startSeconds: tenants / (settings.runStarts * machines),
    workerCores: perSecond('workerCpu'),
    postgres: {
      connections: machines * (settings.databasePool + settings.sourcePool),
      transactionsPerSecond: perSecond('transactions'),
      cores: perSecond('postgresCpu'),
      ledgerBytesPerYear: 365 * all('ledgerBytes'),
    },
    temporal: {
      startsPerSecond: tenants / nightSeconds,
      eventsPerSecond: perSecond('historyEvents'),
      cores: perSecond('temporalCpu'),
      historyBytesKept: settings.retentionDays * all('historyBytes'),
      visibilityRows: settings.retentionDays * tenants,
    },
    sftp: {
      connections: machines * settings.sftpConnections,
      filesPerSecond: files / nightSeconds,
      cores: perSecond('sshdCpu'),
    },
    comparisonSeconds: tenants * secondsPerComparison,
  }
}
