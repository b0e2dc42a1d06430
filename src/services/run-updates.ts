import { setTimeout as delay } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { Actor } from '../domain/actor.js'
import type { Run } from '../domain/run.js'
import type { Logger } from '../telemetry/logger.js'
import type { Runs } from './runs/runs.js'

/** Follows runs, for subscriptions. */
export interface RunUpdates {
  /**
   * Returns the run at once and after each change, until the run ends or the signal aborts. A follower that reads slowly skips
   * to the latest state. Returns one null if the tenant has no run of that id.
   */
  follow(actor: Actor, id: string, signal: AbortSignal): AsyncGenerator<Run | null, void>
}

/** How often a followed run is read. */
const everyMs = 1_000

/** Reads each followed run about once a second. All followers in this process share the read. */
export function createRunUpdates(parts: {
  readonly runs: Pick<Runs, 'find'>
  readonly logger: Logger
  readonly pollMs?: number
}): RunUpdates {
  const followed = new Map<string, FollowedRun>()
  const runFor = (actor: Actor, id: string): FollowedRun => {
    // An operator reads the cause of a failure, which a tenant does not.
    const key = JSON.stringify([actor.tenantId, actor.isOperator, id])
    const known = followed.get(key)
    if (known) return known
    const created = new FollowedRun({ ...parts, actor, id, forget: () => followed.delete(key) })
    followed.set(key, created)
    return created
  }
  return {
    follow: async function* (actor, id, signal) {
      const shared = runFor(actor, id)
      const leave = shared.join()
      try {
        for (let seen = 0; ;) {
          const state = await shared.after(seen, signal)
          if (!state) return
          yield state.run
          if (isLast(state)) return
          seen = state.version
        }
      } finally {
        leave()
      }
    },
  }
}

interface State {
  /** It goes up with each change. */
  readonly version: number
  readonly run: Run | null
}

function isLast({ run }: State): boolean {
  return run === null || run.finishedAt !== null
}

interface Followed {
  readonly runs: Pick<Runs, 'find'>
  readonly logger: Logger
  readonly pollMs?: number
  readonly actor: Actor
  readonly id: string
  readonly forget: () => void
}

/** One run with its followers. It is read while it has any. */
class FollowedRun {
  #state: State | undefined
  #failure: unknown
  #followers = 0
  readonly #waiting = new Set<() => void>()
  readonly #stopped = new AbortController()

  constructor(private readonly followed: Followed) {}

  /** Adds a follower. It must call the returned function when it leaves. */
  join(): () => void {
    this.#followers += 1
    if (this.#followers === 1) void this.#poll()
    return () => {
      this.#followers -= 1
      if (this.#followers === 0) this.#stop()
    }
  }

  /** The next state after that version; undefined if the signal aborts. @throws if the run could not be read the first time */
  async after(version: number, signal: AbortSignal): Promise<State | undefined> {
    while (!signal.aborted) {
      if (this.#failure !== undefined) throw this.#failure
      if (this.#state && this.#state.version > version) return this.#state
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.#waiting.delete(wake)
          signal.removeEventListener('abort', wake)
          resolve()
        }
        this.#waiting.add(wake)
        signal.addEventListener('abort', wake)
      })
    }
    return undefined
  }

  async #poll(): Promise<void> {
    const { signal } = this.#stopped
    const pollMs = this.followed.pollMs ?? everyMs
    let isFailing = false
    while (!signal.aborted) {
      try {
        await this.#read()
        isFailing = false
      } catch (error) {
        if (!this.#state) this.#failure = error
        else if (!isFailing) this.#report(error)
        isFailing = true
      }
      if (this.#failure !== undefined || (this.#state && isLast(this.#state))) this.#stop()
      this.#wake()
      await delay(pollMs, undefined, { signal }).catch(() => undefined)
    }
  }

  async #read(): Promise<void> {
    const { runs, actor, id } = this.followed
    const run = await runs.find(actor, id)
    if (this.#state && isDeepStrictEqual(this.#state.run, run)) return
    this.#state = { version: (this.#state?.version ?? 0) + 1, run }
  }

  #report(error: unknown): void {
    const { logger, actor, id } = this.followed
    logger.warn({ err: error, runId: id, tenantId: actor.tenantId }, 'a followed run cannot be read; it is read again')
  }

  #wake(): void {
    for (const wake of this.#waiting) wake()
  }

  /** Followers that are left read the last state. New ones begin again. */
  #stop(): void {
    if (this.#stopped.signal.aborted) return
    this.#stopped.abort()
    this.followed.forget()
  }
}
