import type { ActivityDependencies } from '../../../../activities/dependencies.js'
import { ExportError, type ExportErrorCode } from '../../../../src/domain/errors.js'
import type { RunStep } from '../../../../src/domain/run-step.js'
import type { Fate, Fault } from './faults.js'

/** One attempt's life, which its fate may end: then nothing that it still does has any effect. */
export class Life {
  readonly deps: ActivityDependencies
  /** Resolves when the attempt stalls, for others to take it for dead. */
  readonly stalled: Promise<void>
  #stall = (): void => undefined
  #wake = (): void => undefined
  readonly #woken: Promise<void>
  #isDead = false
  #isLost = false
  #isZombie = false

  constructor(
    deps: ActivityDependencies,
    private readonly fate: Fate,
  ) {
    this.stalled = new Promise((resolve) => (this.#stall = resolve))
    this.#woken = new Promise((resolve) => (this.#wake = resolve))
    const database = <T extends object>(store: T): T => this.#fragile(store, 'DATABASE_UNAVAILABLE')
    this.deps = {
      ...deps,
      onStep: (step) => this.#onStep(step),
      source: this.#fragile(this.#source(deps.source), 'SOURCE_UNAVAILABLE'),
      sftp: this.#fragile(this.#sftp(deps.sftp), 'SFTP_UNAVAILABLE'),
      registrations: database(deps.registrations),
      runs: database(deps.runs),
      deliveries: database(deps.deliveries),
      publications: database(deps.publications),
    }
  }

  /** Whether the workflow died with the attempt. */
  get isLost(): boolean {
    return this.#isLost
  }

  /** Whoever stalled goes on, and meets no further fault. */
  wake(): void {
    this.#wake()
  }

  #requireAlive(): void {
    if (this.#isDead) throw new ExportError('INTERNAL', 'this attempt is dead')
  }

  async #onStep(step: RunStep): Promise<void> {
    this.#requireAlive()
    const fault = this.#meet({ step })
    if (fault?.kind === 'stalls') {
      this.#isZombie = true
      this.#stall()
      await this.#woken
    } else if (fault) {
      this.#isDead = true
      this.#isLost = fault.kind === 'dies with its run'
      this.#requireAlive()
    }
  }

  #meet(where: { step: RunStep } | { call: string }): Fault | undefined {
    return this.#isZombie ? undefined : this.fate.meet(where)
  }

  #requireUp(of: 'sftp' | 'source', code: ExportErrorCode): void {
    if (!this.#isZombie && this.fate.isOut(of)) throw new ExportError(code, `the ${of} is away`)
  }

  #source(source: ActivityDependencies['source']): ActivityDependencies['source'] {
    return {
      ...source,
      read: async (...args) => {
        this.#requireUp('source', 'SOURCE_UNAVAILABLE')
        return source.read(...args)
      },
      readTogether: async (...args) => {
        this.#requireUp('source', 'SOURCE_UNAVAILABLE')
        return source.readTogether(...args)
      },
    }
  }

  #sftp(sftp: ActivityDependencies['sftp']): ActivityDependencies['sftp'] {
    return {
      ...sftp,
      session: async (signal, use) => {
        this.#requireUp('sftp', 'SFTP_UNAVAILABLE')
        return sftp.session(signal, (session) => use(this.#fragile(session, 'SFTP_UNAVAILABLE')))
      },
    }
  }

  /** The same object, each of whose methods may fail, or succeed unheard. */
  #fragile<T extends object>(object: T, code: ExportErrorCode): T {
    return new Proxy(object, {
      get: (target, name) => {
        const method: unknown = Reflect.get(target, name)
        // `fetch` gives pieces, not a promise.
        if (typeof method !== 'function' || name === 'fetch') return method
        return (...args: unknown[]) =>
          this.#call(String(name), code, () => (method as (...args: unknown[]) => unknown).apply(target, args))
      },
    })
  }

  async #call(name: string, code: ExportErrorCode, call: () => unknown): Promise<unknown> {
    this.#requireAlive()
    const fault = this.#meet({ call: name })
    if (fault?.kind === 'no space') throw new ExportError('SFTP_NO_SPACE', `${name}: no space`)
    if (fault?.kind === 'refused') throw new ExportError(code, `${name} was refused`)
    const answer = await call()
    if (fault) throw new ExportError(code, `the answer to ${name} was lost`)
    this.#requireAlive()
    return answer
  }
}
