/** Gives back a turn. A second call does nothing. */
export type Release = () => void

/**
 * Lets at most `max` callers work at the same time. Further callers wait for a turn, in the order in which they came. While
 * more than `crowd` of them wait, one works at a time.
 */
export class Turns {
  #taken = 0
  readonly #waiting: (() => void)[] = []

  constructor(
    private readonly max: number,
    private readonly crowd = Infinity,
  ) {}

  /** Callers that wait for a turn. */
  get waiting(): number {
    return this.#waiting.length
  }

  /** Whether nobody has a turn or waits for one. */
  get isIdle(): boolean {
    return this.#taken === 0
  }

  /** Waits for a turn, at most `waitMs`. Undefined where none came in that time. */
  async acquire(waitMs?: number): Promise<Release | undefined> {
    if (this.#taken < this.max && this.waiting === 0) this.#taken += 1
    else if (!(await this.#turn(waitMs))) return undefined
    let isHeld = true
    return () => {
      if (isHeld) this.#passOn()
      isHeld = false
    }
  }

  /** Passes the turn to the caller that has waited longest. */
  #passOn(): void {
    this.#taken -= 1
    while (this.#taken < (this.waiting > this.crowd ? 1 : this.max)) {
      const next = this.#waiting.shift()
      if (!next) return
      this.#taken += 1
      next()
    }
  }

  #turn(waitMs: number | undefined): Promise<boolean> {
    return new Promise((resolve) => {
      let timer: NodeJS.Timeout | undefined
      const turn = (): void => {
        clearTimeout(timer)
        resolve(true)
      }
      this.#waiting.push(turn)
      if (waitMs === undefined) return
      timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(turn), 1)
        resolve(false)
      }, waitMs)
    })
  }
}

/** {@link Turns} for each key, such as a tenant's id. A key that nobody uses takes no memory. */
export class KeyedTurns {
  readonly #turns = new Map<string, Turns>()

  constructor(
    private readonly max: number,
    private readonly crowd = Infinity,
  ) {}

  /** Callers that wait for a turn of the key. */
  waiting(key: string): number {
    return this.#turns.get(key)?.waiting ?? 0
  }

  /** Waits for a turn of the key. */
  async acquire(key: string): Promise<Release> {
    const turns = this.#turns.get(key) ?? new Turns(this.max, this.crowd)
    this.#turns.set(key, turns)
    const release = await turns.acquire()
    return () => {
      release?.()
      if (turns.isIdle && this.#turns.get(key) === turns) this.#turns.delete(key)
    }
  }

  /** Works once it has a turn of the key. */
  async take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const release = await this.acquire(key)
    try {
      return await work()
    } finally {
      release()
    }
  }
}
