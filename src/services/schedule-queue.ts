import { within } from '../domain/within.js'

/** Work on one tenant: `done` resolves when it has ended, also if it failed. */
interface Entry<Result> {
  readonly tenantId: string
  readonly done: Promise<Result | undefined>
  readonly end: (result: Result | undefined) => void
}

/** How long an answer waits for the schedule of its own registration, in ms. */
export interface Patience {
  /** While all other schedules are in work and none waits. */
  readonly besideOthers: number
  /** While no other schedule is in work. */
  readonly alone: number
}

/**
 * Works on tenants in the order in which they were added, a few at a time, and on one tenant in one place. A tenant that waits
 * already is not added again: its work starts later, and reads what is stored then. The queue is only in memory. What a process
 * leaves behind is found in the database.
 */
export class ScheduleQueue<Result> implements AsyncDisposable {
  readonly #waiting = new Map<string, Entry<Result>>()
  readonly #working = new Map<string, Entry<Result>>()
  #isClosed = false

  constructor(
    private readonly work: (tenantId: string) => Promise<Result>,
    private readonly atOnce: number,
    /** Is called with the number of tenants that the queue leaves when it closes. */
    private readonly onLeft: (count: number) => void,
  ) {}

  /** Resolves with the result of work that starts after this call; with undefined if the queue is closed before. */
  add(tenantId: string): Promise<Result | undefined> {
    if (this.#isClosed) return Promise.resolve(undefined)
    const waiting = this.#waiting.get(tenantId)
    if (waiting) return waiting.done
    const entry = newEntry<Result>(tenantId)
    this.#waiting.set(tenantId, entry)
    this.#startNext()
    return entry.done
  }

  /** As {@link add}, but waits only a moment, and not at all while another tenant waits. Undefined: not done yet. */
  async addAndWait(tenantId: string, patience: Patience): Promise<Result | undefined> {
    const done = this.add(tenantId)
    if (this.#othersWait(tenantId)) return undefined
    const result = await within(patience.besideOthers, done)
    return result ?? (this.#isAlone(tenantId) ? within(patience.alone - patience.besideOthers, done) : undefined)
  }

  /** Starts no more work, and waits for the work in progress. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    const left = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const { end } of left) end(undefined)
    if (left.length > 0) this.onLeft(left.length)
    await Promise.all(Array.from(this.#working.values(), ({ done }) => done))
  }

  #othersWait(tenantId: string): boolean {
    return this.#waiting.size > (this.#waiting.has(tenantId) ? 1 : 0) || this.#isBusyWithOthers(tenantId)
  }

  /** No work on the tenant can start before work on another tenant ends. */
  #isBusyWithOthers(tenantId: string): boolean {
    return this.#working.size >= this.atOnce && !this.#working.has(tenantId)
  }

  #isAlone(tenantId: string): boolean {
    return [...this.#waiting.keys(), ...this.#working.keys()].every((other) => other === tenantId)
  }

  #startNext(): void {
    for (const entry of this.#waiting.values()) {
      if (this.#working.size >= this.atOnce) return
      if (!this.#working.has(entry.tenantId)) void this.#start(entry)
    }
  }

  async #start(entry: Entry<Result>): Promise<void> {
    const { tenantId, end } = entry
    this.#waiting.delete(tenantId)
    this.#working.set(tenantId, entry)
    let result: Result | undefined
    try {
      result = await this.work(tenantId)
    } finally {
      this.#working.delete(tenantId)
      end(result)
      this.#startNext()
    }
  }
}

function newEntry<Result>(tenantId: string): Entry<Result> {
  let end: Entry<Result>['end'] = () => {}
  const done = new Promise<Result | undefined>((resolve) => (end = resolve))
  return { tenantId, done, end }
}
