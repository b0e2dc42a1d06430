import type { OnStep, RunStep } from '../../src/domain/run-step.js'

/** Holds runs of tenants where they are about to take a step: of each tenant once. */
export interface Holds {
  readonly onStep: OnStep
  /** Lets all go on, those too that have not come to their step yet. */
  release(): void
}

/** @param steps by tenant; of exportEntity's steps the first entity that comes to it. */
export function createHolds(
  steps: Readonly<Record<string, RunStep>>,
  reached: (tenantId: string, step: RunStep) => void,
): Holds {
  const waiting = new Map(Object.entries(steps))
  let release = (): void => undefined
  const released = new Promise<void>((resolve) => (release = resolve))
  return {
    onStep: async (step, { tenantId }) => {
      if (waiting.get(tenantId) !== step) return
      waiting.delete(tenantId)
      reached(tenantId, step)
      await released
    },
    release: () => {
      waiting.clear()
      release()
    },
  }
}
