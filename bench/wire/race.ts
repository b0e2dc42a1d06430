import { deliverByScript, deliverByTidemark, deliverNaively, type Delivery, jobFor } from './contestants.js'
import { deliverByDlt, type DltDelivery } from './dlt.js'
import type { Line } from './line.js'
import type { Measured } from './measure.js'
import type { Place } from './place.js'

export interface Race {
  readonly entity: string
  readonly line: Line
  readonly tidemark: Delivery & { readonly rowsPerSecond: number }
  readonly naive: { readonly rowsPerSecond: number }
  /** Where it is there. */
  readonly dlt: DltDelivery | undefined
  /** The medians of what each turn's were: what the machine does meanwhile changes from turn to turn, for all of one. */
  readonly ratios: {
    /** Of the script's seconds to ours. */
    readonly speed: number
    /** The same of the script that waits for the disk as we do; where nothing else is waited for. */
    readonly speedOfSynced: number | undefined
    /** Of our CPU seconds to the script's. */
    readonly cpu: number
    /** Our seconds over the same line without delay, divided by ours: the cost of the line without the distance. */
    readonly ofLevel: number | undefined
  }
  /** For the table. */
  readonly rows: readonly (readonly string[])[]
}

interface RaceOptions {
  readonly entity: string
  /** The line without its delay. */
  readonly levelLine?: Line
  readonly withDlt?: boolean
  /** The module of a Prisma client for the source's tables. */
  readonly client: string
  readonly times: number
  readonly progress: (line: string) => void
}

/** Delivers the same file in each way alternately, so that other load of the machine affects all of them. */
export async function race(place: Place, line: Line, options: RaceOptions): Promise<Race> {
  const { entity, client, times, progress, levelLine, withDlt = false } = options
  const job = (who: string) => jobFor(place, line, { entity, path: `/${entity}.${who}.csv` })
  const scripts: Measured[] = []
  const synced: Measured[] = []
  const ours: Delivery[] = []
  const level: Delivery[] = []
  for (let turn = 1; turn <= times; turn += 1) {
    progress(`${entity}, ${line.roundTripMs} ms: turn ${turn} of ${times}`)
    scripts.push(await deliverByScript(place, job('script')))
    ours.push(await deliverByTidemark(place, job('tidemark')))
    if (line.roundTripMs === 0) synced.push(await deliverByScript(place, job('synced'), { synced: true }))
    if (levelLine) level.push(await deliverByTidemark(place, jobFor(place, levelLine, { entity, path: '/level.csv' })))
  }
  progress(`${entity}, ${line.roundTripMs} ms: the naive way`)
  const naive = await deliverNaively(place, job('naive'), { client, rows: line.roundTripMs > 0 ? 10_000 : 50_000 })
  if (withDlt) progress(`${entity}, ${line.roundTripMs} ms: dlt`)
  const dlt = withDlt ? await deliverByDlt(place, job('dlt')) : undefined
  const tidemark = median(ours)
  const script = median(scripts)
  const where = [entity, `${line.roundTripMs} ms`]
  const { rows, bytes } = tidemark
  return {
    entity,
    line,
    dlt,
    ratios: {
      speed: medianOf(ours.map(({ seconds }, turn) => at(scripts, turn).seconds / seconds)),
      speedOfSynced:
        synced.length > 0 ? medianOf(synced.map(({ seconds }, turn) => seconds / at(ours, turn).seconds)) : undefined,
      cpu: medianOf(ours.map(({ cpuSeconds }, turn) => cpuSeconds / at(scripts, turn).cpuSeconds)),
      ofLevel:
        levelLine &&
        medianOf(level.map(({ transferSeconds }, turn) => transferSeconds / at(ours, turn).transferSeconds)),
    },
    tidemark: { ...tidemark, rowsPerSecond: rows / tidemark.seconds },
    naive: { rowsPerSecond: naive.rows / naive.seconds },
    rows: [
      [...where, 'tidemark', ...figures({ ...tidemark, rows, bytes }), tidemark.peakMegabytes.toFixed(0)],
      [...where, 'script', ...figures({ ...script, rows, bytes }), ''],
      ...(synced.length > 0 ? [[...where, 'script, synced', ...figures({ ...median(synced), rows, bytes }), '']] : []),
      [...where, 'naive', ...figures({ ...naive, bytes: (bytes / rows) * naive.rows }), naive.peakMegabytes.toFixed(0)],
      ...(dlt
        ? [[...where, 'dlt', ...figures({ ...dlt, bytes: (bytes / rows) * dlt.rows }), dlt.peakMegabytes.toFixed(0)]]
        : []),
    ],
  }
}

/** The one in the middle by time. */
export function median<T extends { readonly seconds: number }>(all: readonly T[]): T {
  return at(
    all.toSorted((one, other) => one.seconds - other.seconds),
    Math.floor(all.length / 2),
  )
}

function medianOf(numbers: readonly number[]): number {
  return at(
    numbers.toSorted((one, other) => one - other),
    Math.floor(numbers.length / 2),
  )
}

function at<T>(all: readonly T[], index: number): T {
  const one = all[index]
  if (one === undefined) throw new Error('Nothing was measured.')
  return one
}

function figures(of: { rows: number; bytes: number; seconds: number; cpuSeconds?: number }): string[] {
  return [
    of.rows.toLocaleString('en-US'),
    of.seconds.toFixed(2),
    (of.rows / of.seconds / 1e3).toFixed(of.rows / of.seconds < 1e4 ? 1 : 0),
    (of.bytes / of.seconds / 1e6).toFixed(1),
    of.cpuSeconds?.toFixed(2) ?? '',
  ]
}
