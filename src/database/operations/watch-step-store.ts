import type { Database } from '../client.js'
import { withTypedErrors } from '../errors.js'

/** Which process takes a step of the watch loop, and when. */
export interface WatchStepStore {
  /**
   * Takes the step if it is due, for `leaseSeconds` at most: then another process takes over. False if the step is not due, or
   * another process has it.
   */
  take(name: string, holder: string, leaseSeconds: number): Promise<boolean>
  /** Gives the step back. It is due again `everySeconds` after now. */
  giveBack(name: string, holder: string, everySeconds: number): Promise<void>
}

export function createWatchStepStore(database: Database): WatchStepStore {
  return withTypedErrors({
    take: async (name, holder, leaseSeconds) => {
      const taken = await database.forOperations(
        (transaction) => transaction.$executeRaw`
          INSERT INTO watch_step AS step (name, due_at, holder)
          VALUES (${name}, now() + make_interval(secs => ${leaseSeconds}), ${holder}::uuid)
          ON CONFLICT (name) DO UPDATE SET due_at = excluded.due_at, holder = excluded.holder WHERE step.due_at <= now()`,
      )
      return taken === 1
    },
    giveBack: async (name, holder, everySeconds) => {
      await database.forOperations(
        (transaction) => transaction.$executeRaw`
          UPDATE watch_step SET due_at = now() + make_interval(secs => ${everySeconds}), ran_at = now()
          WHERE name = ${name} AND holder = ${holder}::uuid`,
      )
    },
  })
}
