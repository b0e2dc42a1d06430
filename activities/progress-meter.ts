import type { EntityStep } from '../src/domain/run-step.js'

/** How far an attempt has come. The Temporal UI shows it as heartbeat details, so times are text. */
export interface Progress {
  readonly entity: string
  /** The step that the attempt is at. */
  readonly step: EntityStep
  readonly rows: number
  readonly bytes: number
  /** Over about the last ten seconds: 0 if the attempt hangs. */
  readonly rowsPerSecond: number
  readonly bytesPerSecond: number
  /** When the step, the rows or the bytes last changed, in ISO 8601. */
  readonly changedAt: string
}

const rateOverMs = 10_000

/** Measures the progress of one attempt. It is read every two seconds, so a time is exact to two seconds. */
export class ProgressMeter {
  #done: Pick<Progress, 'step' | 'rows' | 'bytes'> = { step: 'claim', rows: 0, bytes: 0 }
  #readings: (Pick<Progress, 'step' | 'rows' | 'bytes'> & { readonly at: number })[] = []
  #changedAt: number | undefined

  constructor(private readonly entity: string) {}

  /** It only keeps the numbers: an upload reports them for each acknowledged piece. */
  add(done: Partial<Pick<Progress, 'step' | 'rows' | 'bytes'>>): void {
    this.#done = { ...this.#done, ...done }
  }

  read(at: number): Progress {
    const { step, rows, bytes } = this.#done
    const before = this.#readings.at(-1)
    if (!before || before.step !== step || before.rows !== rows || before.bytes !== bytes) this.#changedAt = at
    const recent = this.#readings.filter((reading) => at - reading.at <= rateOverMs)
    const first = recent[0] ?? { rows, bytes, at }
    const seconds = (at - first.at) / 1000
    const rate = (now: number, then: number): number => (seconds > 0 ? Math.round((now - then) / seconds) : 0)
    this.#readings = [...recent, { step, rows, bytes, at }]
    return {
      entity: this.entity,
      step,
      rows,
      bytes,
      rowsPerSecond: rate(rows, first.rows),
      bytesPerSecond: rate(bytes, first.bytes),
      changedAt: new Date(this.#changedAt ?? at).toISOString(),
    }
  }
}
