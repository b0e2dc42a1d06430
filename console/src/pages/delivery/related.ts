import { addDays, dayOf } from '../../format/days'

/** The days of the paths in which a file is, and the file before it may be. */
export interface Neighborhood {
  readonly day: string
  /** The date in a path is at most a day after the UTC date of the window's end, and a few days before it. */
  readonly firstDayBefore: string
  readonly lastDayBefore: string
}

/** Without a file before it, these are the day of the file itself. */
export function neighborhoodOf({
  path,
  window: { from },
}: {
  readonly path: string
  readonly window: { readonly from?: string | null }
}): Neighborhood {
  const day = path.split('/').slice(3, 6).join('-')
  if (from == null) return { day, firstDayBefore: day, lastDayBefore: day }
  const before = dayOf(new Date(from).getTime())
  return { day, firstDayBefore: addDays(before, -3), lastDayBefore: addDays(before, 1) }
}

interface Numbered {
  readonly sequence: number
  readonly revision: number
}

/** The file that must be loaded before, as its latest revision. */
export function fileBefore<F extends Numbered>(previousSequence: number | null | undefined, files: readonly F[]) {
  return newestOf(files.filter(({ sequence }) => sequence === previousSequence))
}

/** The file that has replaced this one on the server, if one has. All files have the same day. */
export function replacementOf<F extends Numbered>({ revision }: Numbered, files: readonly F[]) {
  return newestOf(files.filter((file) => file.revision > revision))
}

function newestOf<F extends Numbered>(files: readonly F[]): F | undefined {
  return files.toSorted((one, other) => other.revision - one.revision)[0]
}

/**
 * The period that selects exactly one window for a redelivery: a redelivery takes the windows that overlap its period, and a full
 * load has no start.
 */
export function periodOfFile({ from, to }: { readonly from?: string | null; readonly to: string }): {
  readonly from: string
  readonly to: string
} {
  return { from: from ?? new Date(new Date(to).getTime() - 1).toISOString(), to }
}
