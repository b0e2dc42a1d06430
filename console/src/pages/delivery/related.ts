import { dayOf } from '../../format/days'

/** The days of the paths in which a file and the file before it are. The date in a path is the UTC date of the window's end. */
export interface Neighborhood {
  readonly day: string
  /** Without a file before it, the day of the file itself. */
  readonly dayBefore: string
}

export function neighborhoodOf({
  window: { from, to },
}: {
  readonly window: { readonly from?: string | null; readonly to: string }
}): Neighborhood {
  const day = dayOf(new Date(to).getTime())
  return { day, dayBefore: from == null ? day : dayOf(new Date(from).getTime()) }
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
