import type { InstallationState } from '../domain/installation.js'
import { type Check, failed, fine, warning } from './examine.js'

/** Whether what Temporal has for this task queue is of the same installation as the database. */
export function installationCheck(show: () => Promise<InstallationState>): Check {
  return {
    name: 'installation',
    remedy: 'Check DATABASE_URL, TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE and TEMPORAL_TASK_QUEUE.',
    run: async () => {
      const { id, taskQueueOf, foreign } = await show()
      if (taskQueueOf !== null && taskQueueOf !== id) {
        return failed(`The task queue belongs to installation ${taskQueueOf}. The database is ${id}.`, correct)
      }
      const others = foreign.filter(({ installation }) => installation !== null)
      if (others.length > 0) {
        return failed(`Schedules of another installation: those of ${namesOf(others)}. The database is ${id}.`, correct)
      }
      if (foreign.length > 0) {
        const text = `Schedules without the id of an installation: those of ${namesOf(foreign)}.`
        return warning(
          text,
          'Those of registered tenants get it soon. Remove the others in Temporal, unless another deployment uses them.',
        )
      }
      return fine(id)
    },
  }
}

const correct =
  'Correct the setting that is wrong. If this database is to take over, run `tidemark installation adopt`.'

function namesOf(schedules: InstallationState['foreign']): string {
  const names = schedules.map(({ tenantId }) => tenantId)
  return names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} others` : names.join(', ')
}
