import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { WatchStepStore } from '../database/operations/watch-step-store.js'
import type { Events } from '../telemetry/events.js'

/** One thing that is looked at, or done, again and again. */
export interface WatchStep {
  /** A short name in kebab case, unique among the steps. */
  readonly name: string
  readonly everySeconds: number
  /**
   * True: every process takes the step, such as its heartbeat. By default one process at a time does so for all, also if several
   * APIs and workers run.
   */
  readonly inEachProcess?: boolean
  /** Does it once. The signal aborts when the process stops, or when the step has taken too long. */
  run(signal: AbortSignal): Promise<void>
}

export interface WatchDependencies {
  readonly steps: readonly WatchStep[]
  readonly watchSteps: WatchStepStore
  readonly events: Pick<Events, 'watchStepFailed' | 'watchStepRecovered'>
  /** A step may take this long. Then another process may take it, also if the process that has it has died. */
  readonly leaseSeconds?: number
}

const usualLeaseSeconds = 60

/** Takes each step at its interval, until the signal aborts. A slow step does not delay the others. */
export async function keepWatching(deps: WatchDependencies, signal: AbortSignal): Promise<void> {
  const holder = randomUUID()
  await Promise.all(deps.steps.map((step) => keepTaking(deps, step, holder, signal)))
}

async function keepTaking(
  { watchSteps, events, leaseSeconds = usualLeaseSeconds }: WatchDependencies,
  step: WatchStep,
  holder: string,
  signal: AbortSignal,
): Promise<void> {
  let isFailing = false
  while (!signal.aborted) {
    try {
      const take = (): Promise<true> => run(step, leaseSeconds, signal)
      const wasTaken = step.inEachProcess
        ? await take()
        : await runAlone(watchSteps, step, { holder, leaseSeconds }, take)
      if (isFailing && wasTaken) events.watchStepRecovered(step.name)
      if (wasTaken) isFailing = false
    } catch (error) {
      // Only the first failure of an outage is logged.
      if (!isFailing && !signal.aborted) events.watchStepFailed(step.name, error)
      isFailing = true
    }
    await delay(step.everySeconds * 1000, undefined, { signal }).catch(() => undefined)
  }
}

async function run(step: WatchStep, leaseSeconds: number, signal: AbortSignal): Promise<true> {
  await step.run(AbortSignal.any([signal, AbortSignal.timeout(leaseSeconds * 1000)]))
  return true
}

/** @returns false if another process has taken the step a moment ago */
async function runAlone(
  watchSteps: WatchStepStore,
  step: WatchStep,
  { holder, leaseSeconds }: { readonly holder: string; readonly leaseSeconds: number },
  take: () => Promise<true>,
): Promise<boolean> {
  if (!(await watchSteps.take(step.name, holder, leaseSeconds))) return false
  try {
    return await take()
  } finally {
    // Processes look every `everySeconds`: a step that is due a little earlier does not wait for another round.
    await watchSteps.giveBack(step.name, holder, step.everySeconds * 0.9)
  }
}
