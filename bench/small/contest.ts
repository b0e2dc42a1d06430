import { filesPerSecond, measureFirstFiles, measureNight, type Night } from './night.js'
import type { SmallPlace } from './place.js'

export interface ContestSize {
  readonly tenants: number
  readonly nights: number
  readonly nightsBefore: number
  /** Where a night of before takes long, it ends when that many files are delivered. */
  readonly filesBefore?: number
}

/** The nights of each place, by the name of its tree. */
export interface Contest extends ContestSize {
  readonly now: readonly Night[]
  readonly before: readonly Night[]
}

/** The same nights in each place alternately, so that other load of the machine affects all of them. */
export async function contest(
  places: readonly SmallPlace[],
  size: ContestSize,
  progress: (line: string) => void,
): Promise<Contest> {
  const { tenants, nights, nightsBefore, filesBefore } = size
  const found: Record<'now' | 'before', Night[]> = { now: [], before: [] }
  const all = []
  for (const place of places) {
    progress(`${tenants} tenants: rows and registrations of ${place.tree.name}`)
    const ids = await place.tenants(`of-${tenants}`, tenants, nights)
    all.push({ place, ids, worker: await place.worker() })
  }
  for (let night = 0; night < nights; night++) {
    for (const { place, ids, worker } of all) {
      const { name } = place.tree
      if (name === 'before' && night >= nightsBefore) continue
      const measured =
        name === 'before' && filesBefore !== undefined
          ? await measureFirstFiles(place, worker, ids, { night, nights, files: filesBefore })
          : await measureNight(place, worker, ids, { night, nights })
      found[name].push(measured)
      progress(`${tenants} tenants, night ${night + 1}, ${name}: ${inShort(measured)}`)
      // A night that was left would go on, and use the cores.
      if (name === 'before' && filesBefore !== undefined) await worker.kill()
    }
  }
  for (const { worker } of all) await worker.stop()
  return { ...size, ...found }
}

function inShort(night: Night): string {
  return `${filesPerSecond(night).toFixed(1)} files/s, worker's peak ${(night.peakRss / 2 ** 20).toFixed(0)} MB`
}

/** Files per second against before: the median of the ratios of nights that both have. Undefined where there is no such night. */
export function speedup({ now, before }: Pick<Contest, 'now' | 'before'>): number | undefined {
  const ratios = before.flatMap((night, n) => {
    const other = now[n]
    return other ? [filesPerSecond(other) / filesPerSecond(night)] : []
  })
  return median(ratios)
}

/** The mean of the two in the middle where there are two. Undefined where there is nothing. */
export function median(numbers: readonly number[]): number | undefined {
  const sorted = numbers.toSorted((one, other) => one - other)
  const middle = sorted.slice(Math.floor((sorted.length - 1) / 2), Math.floor(sorted.length / 2) + 1)
  return middle.length === 0 ? undefined : middle.reduce((sum, each) => sum + each, 0) / middle.length
}
