import type { ActivityDependencies } from './dependencies.js'
import { heartbeating } from './heartbeat.js'

/** So few that one statement takes less than a second. */
const rowsAtOnce = 5_000

/** Removes audit events, changes of registrations and fetches that are past their retention times. Returns the number of rows. */
export function removeOldHistory({ retention, historyDays, events }: ActivityDependencies): Promise<number> {
  return heartbeating(async () => {
    let rows = 0
    for (;;) {
      const removed =
        (await retention.removeOldHistory(historyDays, rowsAtOnce)) +
        (await retention.removeOldFetches(historyDays.audit, rowsAtOnce))
      rows += removed
      if (removed === 0) break
    }
    if (rows > 0) events.oldHistoryRemoved(rows)
    return rows
  })
}
