import { defaultFileFormat } from '../../../../src/domain/file-format.js'
import { calendarOf, nextBoundary } from '../../../../src/domain/calendar.js'
import { columnsFingerprint, type Entity } from '../../../../src/domain/entity.js'
import { runDay } from '../../../../src/domain/run-day.js'
import { activeEntities, type Registration, replaceRegistration } from '../../../../src/domain/registration.js'
import type { Load, planLoad, Watermark } from '../../../../src/domain/window.js'
import type { Extraction } from '../../../../src/source/source.js'
import { Files, type Row } from './files.js'
import type { RegisterStep } from './steps.js'
import { catalogOf, entities } from './tables.js'
import type { Committed } from './writer.js'

/** How windows are planned and read: the product's way, or a broken one, to see that it is caught. */
export interface Rule {
  plan: typeof planLoad
  /** `meanwhile` is what others do while the file is being read. */
  read(extraction: Extraction, meanwhile: () => Promise<void>): Promise<{ rows: Row[]; snapshot: string }>
}

const source = { systemIdentifier: '7000000000000000001', nextXid: '9'.repeat(18), timeline: 1 }

interface Context {
  readonly tenantId: string
  readonly rule: Rule
  readonly committed: Committed
  readonly meanwhile: () => Promise<void>
  readonly note: (line: string) => void
}

/** Registration, schedule, runs and ledger of one tenant, in memory; the clock is the history's. */
export class Exporter {
  #registration: Registration | undefined
  #catalogSize = 1
  #workerIsUp = true
  readonly #due: Date[] = []
  readonly #failing = new Set<string>()
  readonly #watermarks = new Map<string, Watermark>()
  readonly #files = new Map(entities.map(({ name }) => [name, new Files()]))

  constructor(
    public now: Date,
    private readonly context: Context,
  ) {}

  register({ option, frequency, schedule, entities: selected }: RegisterStep): void {
    const catalog = catalogOf(this.#catalogSize)
    const names = {
      EXPORT_ALL: () => catalog.entities.map(({ name }) => name),
      EXPORT_SELECTED: () => selected.flatMap((index) => catalog.entities[index]?.name ?? []),
      DISABLE_EXPORT: () => [],
    }[option]()
    const written = { fileFormat: defaultFileFormat, encryption: null }
    const target = { exportOption: option, frequency, schedule, ...written, entities: names }
    const change = { tenantId: this.context.tenantId, by: 'tester', at: this.now }
    this.#registration = replaceRegistration(this.#registration, target, change)
  }

  catalogGrows(): void {
    this.#catalogSize = entities.length
  }

  requestFullLoad(entity: number): void {
    const { name } = entities[entity]!
    const watermark = this.#watermarks.get(name)
    if (watermark) this.#watermarks.set(name, { ...watermark, fullLoadRequested: true })
  }

  fail(failing: readonly number[]): void {
    for (const index of failing) this.#failing.add(entities[index]!.name)
  }

  stopWorker(): void {
    this.#workerIsUp = false
  }

  async startWorker(): Promise<void> {
    this.#workerIsUp = true
    for (let to = this.#due.shift(); to; to = this.#due.shift()) await this.run(to)
  }

  async pass(boundaries: number, minutes: number): Promise<void> {
    const calendar = calendarOf(this.#registration)
    const { exportOption } = this.#registration!
    let until = this.now
    for (let count = 0; count < boundaries; count++) until = nextBoundary(calendar, until)
    until = new Date(until.getTime() + minutes * 60_000)
    for (let at = nextBoundary(calendar, this.now); at <= until; at = nextBoundary(calendar, at)) {
      // What is due while the schedule is paused is dropped.
      if (exportOption !== 'DISABLE_EXPORT') this.#due.push(at)
    }
    this.now = until
    if (this.#workerIsUp) await this.startWorker()
  }

  async run(to: Date): Promise<void> {
    const day = runDay(calendarOf(this.#registration), to, this.#watermarks.values())
    for (const entity of activeEntities(this.#registration!, catalogOf(this.#catalogSize))) {
      const load = this.context.rule.plan(entity, { to, day }, this.#watermarks.get(entity.name), source)
      if (load !== 'SKIP') await this.#export(entity, { to, day }, load)
    }
    this.#failing.clear()
  }

  /** Writes a past window of the ledger again. */
  async redeliver(index: number, back: number): Promise<void> {
    const { tenantId, rule, meanwhile, note } = this.context
    const entity = entities[index]!
    const files = this.#files.get(entity.name)!
    const past = files.past(back)
    if (!past) return
    const again = { ...extraction(entity, tenantId, past.to, past.load), visibleIn: past.snapshot }
    const { rows } = await rule.read(again, meanwhile)
    note(fileLine(entity, past.load, past.to, rows, 'file again'))
    files.redeliver(past, rows)
  }

  async #export(entity: Entity, { to, day }: { to: Date; day: Date }, load: Load): Promise<void> {
    const { tenantId, rule, committed, meanwhile, note } = this.context
    const visible = new Map(committed[entities.indexOf(entity)])
    const { rows, snapshot } = await rule.read(extraction(entity, tenantId, to, load), meanwhile)
    const published = !this.#failing.has(entity.name)
    note(fileLine(entity, load, to, rows, published ? 'file' : 'NOT PUBLISHED'))
    if (!published) return
    const watermark = this.#watermarks.get(entity.name)
    const sequence = (watermark?.sequence ?? 0) + 1
    this.#files.get(entity.name)!.publish({ load, to, day, sequence, snapshot, rows }, visible)
    const fullLoadRequested = load.mode === 'DELTA' && watermark?.fullLoadRequested === true
    const { systemIdentifier, timeline } = source
    this.#watermarks.set(entity.name, {
      ...{ to, day, load, sequence, snapshot, fullLoadRequested },
      ...{ systemIdentifier, timeline, columns: columnsFingerprint(entity) },
    })
  }
}

function extraction(entity: Entity, tenantId: string, to: Date, load: Load): Extraction {
  return load.mode === 'FULL'
    ? { entity, tenantId, to, mode: 'full' }
    : { entity, tenantId, to, mode: 'delta', from: load.from, snapshot: load.fromSnapshot }
}

function fileLine({ name }: Entity, load: Load, to: Date, rows: readonly Row[], what: string): string {
  const from = load.mode === 'FULL' ? `all (${load.reason})` : load.from.toISOString()
  const content = rows.map(([code, version]) => `${code}=${version}`).join(' ')
  return `  ${what} ${name} [${from}, ${to.toISOString()}): ${content || 'no rows'}`
}
