/**
 * Calls `work` for each item in order, at most `limit` at a time, and waits for all calls. After the first error it begins no
 * further call, and throws that error.
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
