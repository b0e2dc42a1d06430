/**
 * Calls `work` for each item in order, at most `limit` at a time, and waits for all that were begun. After the first
 * that throws no further one is begun, and its error is thrown.
 */
export async function inParallel<T>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const waiting = [...items]
  let failed = false
  const lane = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined && !failed; item = waiting.shift()) {
      try {
        await work(item)
      } catch (error) {
        failed = true
        throw error
      }
    }
  }
  const lanes = await Promise.allSettled(Array.from({ length: Math.min(limit, items.length) }, lane))
  const rejected = lanes.find((outcome) => outcome.status === 'rejected')
  if (rejected) throw rejected.reason
}
