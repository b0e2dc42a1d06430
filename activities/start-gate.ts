/**
 * Gives each run that starts the next free time, so that at most `perSecond` start in a second. The returned function reserves
 * a time, and returns for how many milliseconds the run has to wait for it.
 */
export function createStartGate(perSecond: number, now: () => number = Date.now): () => number {
  let free = 0
  return () => {
    const time = Math.max(now(), free)
    free = time + 1000 / perSecond
    return time - now()
  }
}
