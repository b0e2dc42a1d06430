import type { ActivityDependencies } from '../../../activities/dependencies.js'
import { ExportError } from '../../../src/domain/errors.js'
import { type RunStep, runSteps } from '../../../src/domain/run-step.js'
import type { SftpSession } from '../../../src/sftp/sftp.js'
import type { Dice } from './dice.js'

/** Calls whose answer can get lost, and which can be refused: whatever an attempt asks of others. */
const calls = [
  ...(['session', 'upload', 'replace', 'remove', 'size', 'list'] as const),
  ...(['identity', 'read'] as const),
  ...(['watermarks', 'unsettled', 'claim', 'noteParts', 'noteFailure', 'intend', 'record'] as const),
  ...(['begin', 'finish', 'announceChange', 'pending', 'files', 'publish'] as const),
]
type Call = (typeof calls)[number]

/** What befalls a run, once, when it comes to that step or makes that call. */
export type Fault =
  /** The attempt is no more, and does nothing more; `run`: neither is the workflow. */
  | { readonly kind: 'dies' | 'dies with its run' | 'stalls'; readonly step: RunStep }
  /** Done, but nobody hears of it; or not done. */
  | { readonly kind: 'answer lost' | 'refused'; readonly call: Call }
  /** A server that answers, but will not. */
  | { readonly kind: 'no space'; readonly call: 'upload' | 'replace' }
  /** All of the run long. */
  | { readonly kind: 'outage'; readonly of: 'sftp' | 'source' }

export function faultName(fault: Fault): string {
  return `${fault.kind}: ${'step' in fault ? fault.step : 'call' in fault ? fault.call : fault.of}`
}

/** Every fault that there is. */
export const allFaults: readonly Fault[] = [
  ...runSteps.flatMap((step): Fault[] => [
    { kind: 'dies', step },
    { kind: 'dies with its run', step },
    // This step is taken under the lock that keeps all others waiting: whoever stalls there holds up the tenant, no more.
    ...(step === 'record manifest' ? [] : [{ kind: 'stalls' as const, step }]),
  ]),
  ...calls.flatMap((call): Fault[] => [
    { kind: 'answer lost', call },
    { kind: 'refused', call },
  ]),
  { kind: 'no space', call: 'upload' },
  { kind: 'no space', call: 'replace' },
  { kind: 'outage', of: 'sftp' },
  { kind: 'outage', of: 'source' },
]

/** One run in four meets a fault, and some of these meet more. */
export function throwFaults(dice: Dice): Fault[] {
  const faults: Fault[] = []
  while (dice.percent(25)) faults.push(dice.oneOf(allFaults))
  return faults
}

/** The faults that wait for a run, over all of its attempts. */
export class Fate {
  readonly #waiting: Fault[]
  constructor(
    faults: readonly Fault[],
    readonly happened: (fault: Fault) => void,
  ) {
    this.#waiting = [...faults]
  }

  isOut(of: 'sftp' | 'source'): boolean {
    const outage = this.#waiting.find((fault) => fault.kind === 'outage' && fault.of === of)
    if (outage) this.happened(outage)
    return outage !== undefined
  }

  /** The fault that waits for the step or call, which is then over. */
  meet(where: { step: RunStep } | { call: string }): Fault | undefined {
    const found = this.#waiting.findIndex((fault) =>
      'step' in where ? 'step' in fault && fault.step === where.step : 'call' in fault && fault.call === where.call,
    )
    const [fault] = found < 0 ? [] : this.#waiting.splice(found, 1)
    if (fault) this.happened(fault)
    return fault
  }
}

/** One attempt's life: while it is dead, nothing that it does has any effect. */
export interface Life {
  readonly deps: ActivityDependencies
  isDead(): boolean
  /** Whether the workflow died, too. */
  isLost(): boolean
  /** Resolves when the attempt stalls, for others to take it for dead. */
  readonly stalled: Promise<void>
  wake(): void
}

export function liveWith(deps: ActivityDependencies, fate: Fate): Life {
  let dead = false
  let lost = false
  let stall = (): void => undefined
  let wake = (): void => undefined
  const stalled = new Promise<void>((resolve) => (stall = resolve))
  const woken = new Promise<void>((resolve) => (wake = resolve))

  const requireAlive = (): void => {
    if (dead) throw new ExportError('INTERNAL', 'this attempt is dead')
  }
  const onStep = async (step: RunStep): Promise<void> => {
    requireAlive()
    const fault = fate.meet({ step })
    if (fault?.kind === 'stalls') {
      stall()
      await woken
    } else if (fault) {
      dead = true
      lost = fault.kind === 'dies with its run'
      requireAlive()
    }
  }
  /** The same object, each of whose methods may fail, or succeed unheard. */
  const fragile = <T extends object>(of: T, code: 'SFTP_UNAVAILABLE' | 'SOURCE_UNAVAILABLE' | 'DATABASE_UNAVAILABLE') =>
    new Proxy(of, {
      get: (target, name) => {
        const method: unknown = Reflect.get(target, name)
        if (typeof method !== 'function') return method
        return async (...args: unknown[]): Promise<unknown> => {
          requireAlive()
          const fault = fate.meet({ call: String(name) })
          if (fault?.kind === 'no space') throw new ExportError('SFTP_NO_SPACE', `${String(name)}: no space`)
          if (fault?.kind === 'refused') throw new ExportError(code, `${String(name)} was refused`)
          const answer: unknown = await (method as (...args: unknown[]) => unknown).apply(target, args)
          if (fault) throw new ExportError(code, `the answer to ${String(name)} was lost`)
          requireAlive()
          return answer
        }
      },
    })
  const sftp = {
    ...deps.sftp,
    session: <T>(signal: AbortSignal, use: (session: SftpSession) => Promise<T>): Promise<T> => {
      if (fate.isOut('sftp')) throw new ExportError('SFTP_UNAVAILABLE', 'the server is away')
      return deps.sftp.session(signal, (session) => use(fragile(session, 'SFTP_UNAVAILABLE')))
    },
  }
  const source: ActivityDependencies['source'] = {
    ...deps.source,
    read: async (...args) => {
      if (fate.isOut('source')) throw new ExportError('SOURCE_UNAVAILABLE', 'the source is away')
      return deps.source.read(...args)
    },
  }
  return {
    deps: {
      ...deps,
      onStep,
      sftp: fragile(sftp, 'SFTP_UNAVAILABLE'),
      source: fragile(source, 'SOURCE_UNAVAILABLE'),
      registrations: fragile(deps.registrations, 'DATABASE_UNAVAILABLE'),
      runs: fragile(deps.runs, 'DATABASE_UNAVAILABLE'),
      deliveries: fragile(deps.deliveries, 'DATABASE_UNAVAILABLE'),
      manifests: fragile(deps.manifests, 'DATABASE_UNAVAILABLE'),
    },
    isDead: () => dead,
    isLost: () => lost,
    stalled,
    wake: () => wake(),
  }
}
