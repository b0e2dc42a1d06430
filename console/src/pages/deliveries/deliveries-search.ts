import { type Period, readPeriod } from '../../format/period'
import { type Cursors, readCursors } from '../../ui/cursors'

/** What the address of the page selects. Values that are not valid are left out. */
export interface DeliveriesSearch extends Cursors, Period {
  /** The internal name of an entity. Without it, files of all entities are listed. */
  readonly entity?: string
  /** Only files that were written again. */
  readonly redelivered?: true
  /** Only files that were not fetched for this number of days. */
  readonly unfetched?: number
}

/** For how many days, if the page itself sets the filter. */
export const usualUnfetchedDays = 7

export function readDeliveriesSearch(search: Record<string, unknown>): DeliveriesSearch {
  const { entity, redelivered, unfetched } = search
  return {
    ...readCursors(search),
    ...readPeriod(search),
    ...(typeof entity === 'string' && entity !== '' && { entity }),
    ...(redelivered === true && { redelivered }),
    ...(isDays(unfetched) && { unfetched }),
  }
}

function isDays(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 90
}
