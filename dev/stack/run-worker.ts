import { composeWorker } from '../../src/compose/worker.js'
import type { Config } from '../../src/config/config.js'
import type { Run } from '../../src/domain/run.js'

export interface RunningWorker {
  /** Resolves with the reason when the worker has ended. */
  readonly ended: Promise<string>
  stop(): Promise<void>
}

/** Starts a worker in this process. */
export async function runWorker(
  config: Config,
  onRunFinished: ((run: Run) => void) | undefined,
): Promise<RunningWorker> {
  const worker = await composeWorker(config, onRunFinished ? { onRunFinished } : {})
  const ended = worker.run().then(
    () => 'The worker ended.',
    (error: unknown) => `The worker ended: ${String(error)}`,
  )
  return {
    ended,
    stop: async () => {
      worker.stop()
      await ended
      await worker[Symbol.asyncDispose]()
    },
  }
}
