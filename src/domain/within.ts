/**
 * The promise's outcome, or undefined if it takes longer than `ms`. The work goes on then, and a later failure of it is ignored:
 * the caller must know what else ends it.
 */
export async function within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  // `promise` may reject after the race has ended.
  promise.catch(() => undefined)
  let timer: NodeJS.Timeout | undefined
  try {
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), ms)
    })
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
