/** What the address of the page selects. */
export interface OverviewSearch {
  /** The entity of the plots, by its internal name. Without it, they show all entities. */
  readonly entity?: string
  /** For how many days. Without it, {@link defaultDays}. */
  readonly days?: Days
}

const ranges = [30, 90, 365] as const
export type Days = (typeof ranges)[number]

export const defaultDays: Days = 30
export const dayRanges: readonly Days[] = ranges

export function readOverviewSearch({ entity, days }: Record<string, unknown>): OverviewSearch {
  const range = ranges.find((each) => each === Number(days))
  return {
    ...(typeof entity === 'string' && entity !== '' && { entity }),
    ...(range !== undefined && range !== defaultDays && { days: range }),
  }
}
