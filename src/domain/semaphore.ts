/** Gives back a permit. A second call does nothing. */
export type Release = () => void

/**
 * Lets at most `max` callers work at the same time. Further callers wait for a permit, in the order in which they came. While
 * more than `crowd` callers wait, one caller works at a time.
 */
export class Semaphore {
  #held = 0
  readonly #waiting: (() => void)[] = []

  constructor(
    private readonly max: number,
    private readonly crowd = Infinity,
  ) {}

  /** The number of callers that wait for a permit. */
  get waiting(): number {
    return this.#waiting.length
  }

  /** Whether no caller holds a permit or waits for one. */
  get isIdle(): boolean {
    return this.#held === 0
  }

  /** Waits for a permit, at most `waitMs`. Returns undefined if none was free in that time. */
  async acquire(waitMs?: number): Promise<Release | undefined> {
    if (this.#held < this.max && this.waiting === 0) this.#held += 1
    else if (!(await this.#permit(waitMs))) return undefined
    let isHeld = true
    return () => {
      if (isHeld) this.#passOn()
      isHeld = false
    }
  }

  /** Passes the permit to the caller that has waited longest. */
  #passOn(): void {
    this.#held -= 1
    while (this.#held < (this.waiting > this.crowd ? 1 : this.max)) {
      const next = this.#waiting.shift()
      if (!next) return
      this.#held += 1
      next()
    }
  }

  #permit(waitMs: number | undefined): Promise<boolean> {
    return new Promise((resolve) => {
      let timer: NodeJS.Timeout | undefined
      const grant = (): void => {
        clearTimeout(timer)
        resolve(true)
      }
      this.#waiting.push(grant)
      if (waitMs === undefined) return
      timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(grant), 1)
        resolve(false)
      }, waitMs)
    })
  }
}

/** A {@link Semaphore} for each key, such as a tenant's id. A key that no caller uses takes no memory. */
export class KeyedSemaphore {
  readonly #semaphores = new Map<string, Semaphore>()

  constructor(
    private readonly max: number,
    private readonly crowd = Infinity,
  ) {}

  /** The number of callers that wait for a permit of the key. */
  waiting(key: string): number {
    return this.#semaphores.get(key)?.waiting ?? 0
  }

  /** Waits for a permit of the key. */
  async acquire(key: string): Promise<Release> {
    const semaphore = this.#semaphores.get(key) ?? new Semaphore(this.max, this.crowd)
    this.#semaphores.set(key, semaphore)
    const release = await semaphore.acquire()
    return () => {
      release?.()
      if (semaphore.isIdle && this.#semaphores.get(key) === semaphore) this.#semaphores.delete(key)
    }
  }

  /** Runs `work` once it holds a permit of the key. */
  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const release = await this.acquire(key)
    try {
      return await work()
    } finally {
      release()
    }
  }
}
