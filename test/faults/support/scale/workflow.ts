import { ApplicationFailure } from '@temporalio/common'
import { MockActivityEnvironment } from '@temporalio/testing'
import { DefaultLogger } from '@temporalio/worker'
import type { ActivityDependencies } from '../../../../activities/dependencies.js'
import { createActivities, type Activities } from '../../../../activities/index.js'
import type { EntityTask, PlanRunInput, RunPlan } from '../../../../src/contracts.js'
import type { RunError, RunStatus } from '../../../../src/domain/run.js'
import type { Fate } from './faults.js'
import { Life } from './life.js'

/** An attempt that others take for dead, and that goes on when it is woken. */
export interface Zombie {
  wake(): Promise<void>
}

/** The workflow is gone, without a word to anybody. */
export class RunLost extends Error {}

export interface RunWorld {
  readonly deps: ActivityDependencies
  readonly fate: Fate
  readonly zombies: Zombie[]
  /** Called before each attempt. */
  readonly beforeAttempt: () => void
}

const tries = 6
const logger = new DefaultLogger('ERROR')

/**
 * What workflows/export-run.ts does, and what Temporal does for it: activities with their attempts. Gives how the run
 * ended. @throws RunLost
 */
export async function playRun(world: RunWorld, run: PlanRunInput): Promise<RunStatus> {
  const failures: (RunError & { entity: string; to: string })[] = []
  let error: RunError | null = null
  let manifestPath: string | null = null
  const note = (failure: unknown): void => {
    if (failure instanceof RunLost) throw failure
    error ??= errorOf(failure)
  }
  try {
    const plan = await attempts(world, tries, 'planRun', run)
    const left = await leftByBatch(world, plan)
    const ended = await Promise.allSettled(left.map((task) => exportOne(world, plan.maxAttempts, task)))
    for (const outcome of ended) {
      if (outcome.status === 'rejected') throw outcome.reason
      failures.push(...outcome.value)
    }
  } catch (failure) {
    note(failure)
  }
  try {
    manifestPath =
      (await attempts(world, tries, 'publishManifest', { tenantId: run.tenantId, runId: run.runId })).paths.at(-1) ??
      null
  } catch (failure) {
    note(failure)
  }
  const { runId, tenantId } = run
  return attempts(world, 60, 'finishRun', { runId, tenantId, run, manifestPath, error, failures, cancelled: false })
}

/** What small files exported together leave to activities of their own. */
async function leftByBatch(world: RunWorld, { tasks, filesTogether = 1 }: RunPlan): Promise<readonly EntityTask[]> {
  const [first] = tasks
  if (!first || tasks.length === 1 || filesTogether === 1) return tasks
  const { runId, tenantId } = first
  try {
    const { published } = await attempts(world, 3, 'exportSmallFiles', { runId, tenantId, tasks })
    return tasks.filter(({ entity }) => !published.some((result) => result.entity === entity))
  } catch (failure) {
    if (failure instanceof RunLost) throw failure
    return tasks
  }
}

async function exportOne(world: RunWorld, max: number, task: EntityTask) {
  try {
    await attempts(world, max, 'exportEntity', task)
    return []
  } catch (failure) {
    if (failure instanceof RunLost) throw failure
    return [{ entity: task.entity, to: task.to, ...errorOf(failure) }]
  }
}

type Name = keyof Activities
type Input<N extends Name> = Parameters<Activities[N]>[0]
type Output<N extends Name> = Awaited<ReturnType<Activities[N]>>

async function attempts<N extends Name>(world: RunWorld, max: number, name: N, input: Input<N>): Promise<Output<N>> {
  for (let attempt = 1; ; attempt++) {
    world.beforeAttempt()
    try {
      return await oneAttempt(world, attempt, name, input)
    } catch (error) {
      const isFinal = error instanceof ApplicationFailure && error.nonRetryable
      if (error instanceof RunLost || isFinal || attempt >= max) throw error
    }
  }
}

/** Resolves with what the activity gives; rejects where it fails, dies or stalls. */
async function oneAttempt<N extends Name>(
  { deps, fate, zombies }: RunWorld,
  attempt: number,
  name: N,
  input: Input<N>,
): Promise<Output<N>> {
  const life = new Life(deps, fate)
  const activity = createActivities(life.deps)[name] as (input: Input<N>) => Promise<Output<N>>
  const environment = new MockActivityEnvironment({ attempt }, { logger })
  const going: Promise<Output<N>> = environment.run(activity, input)
  const stalled = life.stalled.then(() => 'stalled' as const)
  try {
    const outcome = await Promise.race([going.then((output) => ({ output })), stalled])
    if (outcome !== 'stalled') return outcome.output
  } catch (error) {
    if (life.isLost) throw new RunLost()
    throw error
  }
  zombies.push({
    wake: async () => {
      life.wake()
      await going.catch(() => undefined)
    },
  })
  throw new Error(`${name} stopped answering`)
}

function errorOf(failure: unknown): RunError {
  const isTyped = failure instanceof ApplicationFailure && failure.type
  const code = isTyped ? (failure.type as RunError['code']) : 'INTERNAL'
  return { code, message: failure instanceof Error ? failure.message : String(failure) }
}
