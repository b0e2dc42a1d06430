import { noMetrics } from '../../../../src/telemetry/metrics.js'
import { defaultHiddenName } from '../../../../src/domain/hidden-name.js'
import { randomUUID } from 'node:crypto'
import type { ActivityDependencies } from '../../../../activities/dependencies.js'
import type { RunScope } from '../../../../src/domain/run.js'
import type { ColumnSelection } from '../../../../src/domain/column-selection.js'
import type { Encryption } from '../../../../src/domain/encryption.js'
import { defaultScheduleTime } from '../../../../src/domain/schedule-time.js'
import { defaultFileFormat } from '../../../../src/domain/file-format.js'
import { type ExportFrequency, isBoundary } from '../../../../src/domain/calendar.js'
import { type ExportOption, replaceRegistration } from '../../../../src/domain/registration.js'
import type { RunStatus } from '../../../../src/domain/run.js'
import { contractTextOf } from '../../../../src/services/contract-text.js'
import { endLostRuns } from '../../../../src/services/lost-runs.js'
import type { Stores } from '../../../support/world/stores.js'
import { createDice, type Dice } from './dice.js'
import { createFaultDealer, type Fault, Fate, faultName } from './faults.js'
import { createMemoryFiles, type MemoryFiles } from '../../../support/sftp/memory-files.js'
import { createTableModel, type TableModel } from './table-model.js'
import { playRun, RunLost, type Zombie } from './workflow.js'
import { queueRun, writeRegistration } from '../../../support/world/stores.js'
import { atMidnight } from '../../../support/world/builders.js'

const dayMs = 86_400_000
const withoutNote: ColumnSelection = { columns: { user: { exclude: ['note'] } }, excludeTags: [] }
const firstDay = new Date('2026-01-01T00:00:00Z')

export interface StoryOptions {
  readonly tenantId: string
  readonly seed: number
  readonly lane: number
  readonly stores: Stores
  readonly catalog: ActivityDependencies['catalog']
  readonly events: ActivityDependencies['events']
  readonly csvFiles: ActivityDependencies['csvFiles']
  readonly openEncryptor: ActivityDependencies['openEncryptor']
  readonly happened: (fault: Fault) => void
}

type Ended = RunStatus | 'LOST' | 'NOT STARTED'

/** One tenant's life: days pass, rows change, its registration does now and then, and runs come and meet faults. */
export class TenantStory {
  readonly tenantId: string
  readonly table: TableModel
  readonly disk: MemoryFiles
  /** What has happened, in words, for whoever looks into a failure. */
  readonly lines: string[] = []
  runs = 0

  readonly #dice: Dice
  readonly #dealFaults: () => Fault[]
  readonly #deps: ActivityDependencies
  readonly #alive = new Set<string>()
  readonly #zombies: Zombie[] = []
  readonly #awake: Promise<void>[] = []
  #day = firstDay
  #frequency: ExportFrequency = 'DAILY'
  #option: ExportOption = 'DISABLE_EXPORT'
  #entities: readonly string[] = []
  #encryption: Encryption | null = null
  #columnSelection: ColumnSelection | undefined

  constructor(private readonly options: StoryOptions) {
    const { tenantId, seed, lane, stores, catalog, events, csvFiles, openEncryptor } = options
    this.tenantId = tenantId
    this.#dice = createDice(seed, lane)
    this.#dealFaults = createFaultDealer(this.#dice)
    this.table = createTableModel(
      catalog.entities.map(({ name }) => name),
      createDice(seed + 1, lane),
    )
    this.disk = createMemoryFiles()
    const gateway = {
      start: async () => undefined,
      end: async () => undefined,
      isAlive: async (id: string) => this.#alive.has(id),
    }
    this.#deps = {
      catalog,
      events,
      metrics: noMetrics,
      csvFiles,
      openEncryptor,
      transact: stores.transact,
      registrations: stores.registrations,
      runs: stores.runs,
      deliveries: stores.deliveries,
      publications: stores.publications,
      retention: stores.retention,
      ledgerGaps: stores.ledgerGaps,
      oldIndexes: stores.oldIndexes,
      installation: stores.installation,
      source: this.table.source,
      sftp: this.disk.sftp,
      requireServer: async () => undefined,
      probeSftp: async () => [],
      onStep: () => undefined,
      endLostRuns: (tenant, except) => endLostRuns({ runs: stores.runs, gateway, events }, tenant, except),
      lastScheduledRun: async () => undefined,
      lineEnd: '\n',
      hiddenName: defaultHiddenName,
      contractText: contractTextOf(catalog, { host: 'sftp.example.com', port: 22 }),
      entityConcurrency: 2,
      // Every other tenant's files are each exported alone.
      filesTogether: lane % 2 === 0 ? 32 : 1,
      maxAttempts: 3,
      retryMinutes: 0,
      reserveStart: () => 0,
      retentionDays: 0,
      historyDays: { audit: 0, changes: 0, events: 0 },
      expiryNoticeDays: 0,
    }
  }

  /** Goes on until so many runs were made in all; then a last one, without faults, covers everything. */
  async liveFor(runs: number, check: (to: Date) => Promise<void>): Promise<void> {
    while (this.runs < runs - 1) {
      await this.#nextDay()
      if (this.runs % 50 === 49) await this.#calmRun(check)
    }
    await this.#calmRun(check)
  }

  /** A run that meets no fault, at the end of a day. */
  oneMoreRun(): Promise<void> {
    return this.#calmRun(async () => undefined)
  }

  async #nextDay(): Promise<void> {
    const dice = this.#dice
    this.table.passDay(this.#day)
    if (this.#option === 'DISABLE_EXPORT' ? dice.percent(10) : dice.percent(2)) await this.#changeRegistration()
    await this.#manualRuns()
    this.#day = new Date(this.#day.getTime() + dayMs)
    if (this.#option === 'DISABLE_EXPORT' || !isBoundary(atMidnight(this.#frequency), this.#day)) return
    if (dice.percent(2)) this.#miss()
    else await this.#run(this.#day, this.#dealFaults())
  }

  /** Temporal was away for so long that nobody made up for it. */
  #miss(): void {
    this.lines.push(`${this.#day.toISOString()} missed`)
  }

  /** During the day that began with #day: its files may be there already. */
  async #manualRuns(): Promise<void> {
    const dice = this.#dice
    if (this.#option === 'DISABLE_EXPORT') return
    for (let hour = 1; dice.percent(8); hour += 2) {
      await this.#run(new Date(this.#day.getTime() + hour * 3_600_000), this.#dealFaults(), this.#scope())
    }
  }

  #scope(): RunScope {
    const entities = [this.#dice.oneOf(this.#entities)]
    if (this.#dice.percent(10)) return { entities, fullLoad: true }
    if (!this.#dice.percent(15)) return {}
    const from = new Date(this.#day.getTime() - this.#dice.upTo(30) * dayMs)
    const to = new Date(from.getTime() + this.#dice.upTo(3) * dayMs + 1)
    return { entities, redeliver: { from: from.toISOString(), to: to.toISOString() } }
  }

  async #changeRegistration(): Promise<void> {
    const dice = this.#dice
    const names = this.options.catalog.entities.map(({ name }) => name)
    // Mostly daily, so that there is much to see.
    this.#frequency = dice.oneOf(['DAILY', 'DAILY', 'DAILY', 'DAILY', 'WEEKLY', 'MONTHLY'])
    this.#option = dice.oneOf(['EXPORT_ALL', 'EXPORT_ALL', 'EXPORT_SELECTED', 'DISABLE_EXPORT'])
    this.#entities = { EXPORT_ALL: names, EXPORT_SELECTED: [dice.oneOf(names)], DISABLE_EXPORT: [] }[this.#option]
    this.#encryption = dice.percent(30) ? { pgp: { publicKeys: null, sign: false } } : null
    this.#columnSelection = dice.percent(30) ? withoutNote : undefined
    await this.#register()
  }

  async #register(): Promise<void> {
    const { tenantId } = this
    const target = {
      exportOption: this.#option,
      frequency: this.#frequency,
      schedule: defaultScheduleTime,
      fileFormat: defaultFileFormat,
      encryption: this.#encryption,
      columnSelection: this.#columnSelection,
      entities: this.#entities,
    }
    this.lines.push(`${this.#day.toISOString()} ${JSON.stringify(target)}`)
    await writeRegistration(this.options.stores, tenantId, (current) =>
      replaceRegistration(current, target, { tenantId, by: 'tester', at: this.#day }),
    )
  }

  /** Every entity, and no faults: then nothing may be left undone. */
  async #calmRun(check: (to: Date) => Promise<void>): Promise<void> {
    const before = { frequency: this.#frequency, option: this.#option, entities: this.#entities }
    this.#option = 'EXPORT_ALL'
    this.#entities = this.options.catalog.entities.map(({ name }) => name)
    await this.#register()
    await this.#wakeAll()
    // A zombie may have recorded a lost run again, which waits for its turn.
    await this.#aMinutePasses()
    const to = new Date(this.#day.getTime() + 23 * 3_600_000)
    const status = await this.#run(to, [])
    if (status !== 'SUCCEEDED') throw new Error(`a run without faults ended as ${status}`)
    await check(to)
    this.#frequency = before.frequency
    this.#option = before.option
    this.#entities = before.entities
    await this.#register()
    this.#day = new Date(this.#day.getTime() + dayMs)
  }

  async #run(to: Date, faults: Fault[], scope?: RunScope): Promise<Ended> {
    const { tenantId } = this
    const runId = randomUUID()
    const workflowId = `export-${tenantId}-${to.toISOString()}-${this.runs}`
    const line: string[] = [to.toISOString(), scope ? `asked for ${JSON.stringify(scope)}` : 'scheduled']
    const fate = new Fate(faults, (fault) => {
      line.push(faultName(fault))
      this.options.happened(fault)
    })
    const world = { deps: this.#deps, fate, zombies: this.#zombies, beforeAttempt: () => this.#wakeSome() }
    const run = {
      tenantId,
      runId,
      workflowId,
      to: to.toISOString(),
      manual: scope !== undefined,
      ...(scope && { scope }),
    }
    if (scope && !(await this.#queue(runId, workflowId, to))) return 'NOT STARTED'
    this.#alive.add(workflowId)
    const status = await playRun(world, run).catch((error: unknown) => {
      if (error instanceof RunLost) return 'LOST' as const
      throw error
    })
    this.#alive.delete(workflowId)
    this.runs++
    this.lines.push(`${line.join(', ')}: ${status}`)
    if (status === 'LOST') await this.#aMinutePasses()
    return status
  }

  /** As the API does when a run is asked for. */
  async #queue(id: string, workflowId: string, to: Date): Promise<boolean> {
    const { tenantId } = this
    await this.#deps.endLostRuns(tenantId, '')
    const run = { id, tenantId, workflowId, trigger: 'MANUAL', to, requestedBy: 'tester' } as const
    return queueRun(this.options.stores, run)
  }

  /** Runs that were just asked for may be unknown to Temporal for a while. */
  async #aMinutePasses(): Promise<void> {
    const later = `UPDATE run SET queued_at = queued_at - interval '1 minute' WHERE tenant_id = $1 AND status = 'QUEUED'`
    await this.options.stores.query(later, [this.tenantId])
  }

  /** They go on while others are at work. */
  #wakeSome(): void {
    for (const zombie of [...this.#zombies]) {
      if (!this.#dice.percent(30)) continue
      this.#zombies.splice(this.#zombies.indexOf(zombie), 1)
      this.#awake.push(zombie.wake())
    }
  }

  async #wakeAll(): Promise<void> {
    await Promise.all([...this.#awake.splice(0), ...this.#zombies.splice(0).map((zombie) => zombie.wake())])
  }
}
