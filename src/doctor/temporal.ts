import type { TemporalState } from '../schedules/inspect.js'
import { type Check, failed, fine, warning } from './examine.js'

/** Whether Temporal answers, and is set up as runs need it. All checks share one inspection. */
export function temporalChecks(
  inspect: () => Promise<TemporalState>,
  { namespace, taskQueue }: { readonly namespace: string; readonly taskQueue: string },
): Check[] {
  let inspected: Promise<TemporalState> | undefined
  const inspectedOnce = () => (inspected ??= inspect())
  const check = (name: string, run: (state: TemporalState) => ReturnType<typeof fine>): Check => ({
    name,
    remedy: 'Check TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE and the TLS settings, and that the server runs.',
    run: async () => run(await inspectedOnce()),
  })
  return [
    check('temporal', ({ serverVersion }) => fine(`Server ${serverVersion}; namespace ${namespace}`)),
    check('search attributes', ({ missingAttributes }) => {
      if (missingAttributes === null) return warning('Temporal does not let Tidemark list them.', byHand)
      if (missingAttributes.length === 0) return fine('All are registered.')
      return failed(`Not registered: ${missingAttributes.join(', ')}`, byHand)
    }),
    check('task queue', ({ workers }) => {
      if (workers > 0)
        return fine(`${workers} ${workers === 1 ? 'worker takes' : 'workers take'} tasks of ${taskQueue}.`)
      return failed(`No worker takes tasks of ${taskQueue}.`, 'Start a worker: `node dist/src/bin/worker.js`.')
    }),
    check('fairness', ({ partitions }) => {
      if (partitions === 1) return fine('The task queue has one partition, so the turns of tenants are exact.')
      const text =
        partitions === null
          ? 'The server does not say how many partitions the task queue has.'
          : `The task queue has ${partitions} partitions, so the turns of tenants are inexact.`
      return warning(text, 'Give the server the settings of deploy/temporal/dynamic-config.yaml.')
    }),
  ]
}

const byHand = 'Register them: see docs/how-to/connect-a-temporal-service.md.'
