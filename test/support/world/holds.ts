import type { OnStep, RunStep } from '../../../src/domain/run-step.js'

/** Holds runs of tenants where they are about to take a step: of each tenant once. */
export interface Holds {
  readonly onStep: OnStep
  /** Lets all go on, those too that have not come to their step yet. */
  release(): void
}

/**
 * @param steps by tenant; of exportEntity's steps the first entity that comes to it
 * @param reached hears of each that is held
 * @param until called by whoever is held: resolves when that one has to go on by itself
 */
export function createHolds(
  steps: Readonly<Record<string, RunStep>>,
  reached: (tenantId: string, step: RunStep) => void,
  until: () => Promise<unknown> = () => new Promise(() => undefined),
): Holds {
  const waiting = new Map(Object.entries(steps))
  let release = (): void => undefined
  const released = new Promise<void>((resolve) => (release = resolve))
  return {
    onStep: async (step, { tenantId }) => {
      if (waiting.get(tenantId) !== step) return
      waiting.delete(tenantId)
      reached(tenantId, step)
      await Promise.race([released, until()])
    },
    release: () => {
      waiting.clear()
      release()
    },
  }
}
