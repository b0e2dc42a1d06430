import { type RunStep, runSteps } from '../../../../src/domain/run-step.js'
import type { DeliveryStore } from '../../../../src/database/deliveries/delivery-store.js'
import type { RunStore } from '../../../../src/database/run-store.js'
import type { PublicationStore } from '../../../../src/domain/publication-ports.js'
import type { SftpSession, SftpTarget } from '../../../../src/sftp/sftp.js'
import type { Source } from '../../../../src/source/source.js'
import type { Dice } from './dice.js'

/** Calls whose answer can get lost, and which can be refused: whatever an attempt asks of others. */
const calls = [
  ...(['session'] as const satisfies readonly (keyof SftpTarget)[]),
  ...([
    'makeFoldersFor',
    'upload',
    'replace',
    'remove',
    'size',
    'list',
  ] as const satisfies readonly (keyof SftpSession)[]),
  ...(['identity', 'read', 'readTogether'] as const satisfies readonly (keyof Source)[]),
  ...(['watermarks'] as const satisfies readonly (keyof DeliveryStore)[]),
  ...(['begin', 'finish'] as const satisfies readonly (keyof RunStore)[]),
  ...([
    ...(['claim', 'claimAll', 'recordHiddenPaths', 'recordFailure', 'intendAll', 'recordAll'] as const),
    ...(['requireClaim', 'discard', 'pendingIntents', 'takeOver'] as const),
    ...(['announceChange', 'pendingManifests', 'filesOfDay', 'recordManifest'] as const),
    ...(['reserveIndex', 'recordIndex'] as const),
  ] as const satisfies readonly (keyof PublicationStore)[]),
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
    // These steps are taken under a lock that all other attempts wait for. An attempt that stalls there delays its own tenant only.
    ...(step === 'record manifest' || step === 'record index' ? [] : [{ kind: 'stalls' as const, step }]),
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

/** Deals faults, each kind before any comes again. One run in four meets a fault, and some of these meet more. */
export function createFaultDealer(dice: Dice): () => Fault[] {
  const deck: Fault[] = []
  const deal = (): Fault => {
    if (deck.length === 0) deck.push(...allFaults)
    return deck.splice(dice.upTo(deck.length), 1)[0]!
  }
  return () => {
    const faults: Fault[] = []
    while (dice.percent(25)) faults.push(deal())
    return faults
  }
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
