/**
 * Calls `work` for each item in order, at most `limit` at a time, and waits for all calls. After the first error it begins no
 * further call, and throws that error.
 */
export async function inParallel<T>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  // All lanes take from one iterator. To shift a long array would move its rest each time.
  const waiting = items.values()
  let failed = false
  const lane = async (): Promise<void> => {
    for (const item of waiting) {
      if (failed) return
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
