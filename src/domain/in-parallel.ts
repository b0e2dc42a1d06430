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
  await allEnded(Array.from({ length: Math.min(limit, items.length) }, lane))
}

/** Waits until all of them have ended, and throws the first error in their order. So none goes on after an error. */
export async function allEnded(underWay: readonly Promise<unknown>[]): Promise<void> {
  for (const end of await Promise.allSettled(underWay)) if (end.status === 'rejected') throw end.reason
}
