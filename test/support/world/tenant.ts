import { anActor } from './builders.js'
import { randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { parse } from 'csv-parse/sync'
import { scheduleId } from '../../../src/contracts.js'
import type { Run } from '../../../src/domain/run.js'
import { type Delivered, deliveredFiles, type FetchedFile } from '../../../dev/demo/tenant-files.js'
import { type Comparison, compareWithSource } from '../../../dev/demo/warehouse.js'
import { fillSample } from '../../../dev/sample-data/fill.js'
import { type Mutated, mutateSample, type MutateOptions } from '../../../dev/sample-data/mutate.js'
import type { RegistrationInput } from '../../../src/services/registrations/registration-input.js'
import type { Replacement } from '../../../src/services/registrations/registration-view.js'
import { eventually } from '../eventually.js'
import type { World } from './world.js'

export interface TenantOptions {
  /** Rows in the source: so many over all entities, or so many of each entity named and none of the others. */
  readonly rows?: number | Readonly<Record<string, number>>
  /** All rows are dated before it; now where it is not given. */
  readonly before?: Date
}

/** A tenant of one test, and what it and its operators do. */
export interface TestTenant {
  readonly id: string
  /** @throws where the registration is refused */
  register(input: RegistrationInput): Promise<Replacement>
  /** Asks for a run now and waits for its end. */
  runNow(): Promise<Run>
  /** Asks for a run now. */
  startRun(): Promise<Run>
  /** Has the schedule run as it would have at these boundaries, which lie in the past; waits for the end of each. */
  backfill(...boundaries: Date[]): Promise<Run[]>
  /** Has the schedule run as it would have at a boundary; waits for nothing. */
  startBackfill(boundary: Date): Promise<void>
  /** The run as soon as it is on record; `after` are those that are not meant. */
  runUpTo(to: Date, after?: readonly Run[]): Promise<Run>
  /** The run once it has ended. */
  finished(id: string, limitMs?: number): Promise<Run>
  /** The run as it is now. */
  find(id: string): Promise<Run>
  allRuns(): Promise<Run[]>
  /** Everything in the folders of the tenant's days on the server, hidden files too, in the order of their paths. */
  files(): Promise<FetchedFile[]>
  /** Everything in the tenant's folder: the index and the contracts, too. */
  everything(): Promise<FetchedFile[]>
  /** The paths of hidden files: of files that are being written, or stale. */
  hiddenFiles(): Promise<string[]>
  /** The CSV files in the order in which to load them. @throws where a manifest and its files don't agree */
  delivered(): Promise<Delivered[]>
  /** Loads all files by COPY, by key, and compares each entity with the source. */
  compare(): Promise<Comparison[]>
  mutate(changes: Omit<MutateOptions, 'url' | 'tenantId' | 'seed'>): Promise<Mutated[]>
}

export async function createTenant(world: World, { rows = 400, before = new Date() }: TenantOptions) {
  const id = `t-${randomBytes(5).toString('hex')}`
  const [share, fixed] = typeof rows === 'number' ? [1, undefined] : [0, rows]
  const url = world.sourceUrl
  await fillSample({
    url,
    seed: 7,
    rows: typeof rows === 'number' ? rows : 0,
    baseTime: before,
    tenants: [{ tenantId: id, share, ...(fixed && { rows: fixed }) }],
  })
  return tenantOf(world, id)
}

function tenantOf(world: World, id: string): TestTenant {
  const { registrations, registrationStore, runs, runStore } = world.useCases
  const actor = anActor(id)
  const folder = join(world.sftp.folder, 'exports', id)
  const url = world.sourceUrl
  let seed = 0

  const allRuns = async (): Promise<Run[]> =>
    (await runs.page(actor, { first: 100 })).edges.map(({ node }) => node).toReversed()
  const finished = (runId: string, limitMs = 120_000): Promise<Run> =>
    eventually(
      `the end of run ${runId} of ${id}`,
      async () => {
        const run = await runStore.find(id, runId)
        return run?.finishedAt && run
      },
      limitMs,
    )
  const startRun = async (): Promise<Run> => {
    const started = await runs.start(actor)
    if (!started.ok) throw new Error(`the run was refused: ${JSON.stringify(started.userErrors)}`)
    return started.value
  }
  const startBackfill = async (boundary: Date): Promise<void> => {
    // While other schedules wait for Temporal, an answer does not wait for its own.
    await eventually(`the schedule of ${id}`, async () => {
      const stored = await registrationStore.find(id)
      return stored?.scheduledVersion === stored?.registration.version
    })
    await backfillAt(world, id, boundary)
  }
  const runUpTo = (to: Date, after: readonly Run[] = []): Promise<Run> =>
    eventually(`a run of ${id} up to ${to.toISOString()}`, async () =>
      (await allRuns()).find(
        (run) => run.to.getTime() === to.getTime() && !after.some((earlier) => earlier.id === run.id),
      ),
    )
  const everything = async (): Promise<FetchedFile[]> => {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
    const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
    const read = await Promise.all(paths.toSorted().map(async (path) => fetched(world.sftp.folder, path)))
    return read.flatMap((file) => file ?? [])
  }
  const files = async (): Promise<FetchedFile[]> =>
    (await everything()).filter(({ path }) => /^\/exports\/[^/]+\/\d{4}\//.test(path))
  const delivered = async (): Promise<Delivered[]> => deliveredFiles(await files())
  return {
    id,
    register: async (input) => {
      const outcome = await registrations.replace(actor, input)
      if (!outcome.ok) throw new Error(`the registration was refused: ${JSON.stringify(outcome.userErrors)}`)
      return outcome.value
    },
    startRun,
    runNow: async () => finished((await startRun()).id),
    startBackfill,
    backfill: async (...boundaries) => {
      const ended: Run[] = []
      for (const boundary of boundaries) {
        const earlier = await allRuns()
        await startBackfill(boundary)
        ended.push(await finished((await runUpTo(boundary, earlier)).id))
      }
      return ended
    },
    runUpTo,
    find: async (runId) => {
      const run = await runStore.find(id, runId)
      if (!run) throw new Error(`${id} has no run ${runId}`)
      return run
    },
    finished,
    allRuns,
    files,
    everything,
    hiddenFiles: async () => (await everything()).map(({ path }) => path).filter((path) => /\/\.[^/]+$/.test(path)),
    delivered,
    compare: async () => compareWithSource(url, id, await delivered()),
    mutate: (changes) => mutateSample({ ...changes, url, tenantId: id, seed: ++seed }),
  }
}

/** Has Temporal start the run that the schedule would have started at that boundary. */
export async function backfillAt({ temporal }: Pick<World, 'temporal'>, id: string, boundary: Date): Promise<void> {
  const [start, end] = [new Date(boundary.getTime() - 1000), new Date(boundary.getTime() + 1000)]
  await temporal.schedule.getHandle(scheduleId(id)).backfill({ start, end, overlap: 'BUFFER_ALL' })
}

/** Undefined where it has gone since it was listed: hidden files do. */
async function fetched(root: string, file: string): Promise<FetchedFile | undefined> {
  try {
    return { path: `/${relative(root, file)}`, content: await readFile(file) }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

export type CsvRow = Record<string, string>

/** The rows of a CSV file by column name, NULL and the empty string alike. */
export function csvRows(content: Buffer): CsvRow[] {
  return parse<CsvRow>(content, { columns: true })
}

export function codes(rows: readonly CsvRow[]): string[] {
  return rows.map((row) => row['code'] ?? '').toSorted()
}
