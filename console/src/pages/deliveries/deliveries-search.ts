import { type Period, readPeriod } from '../../format/period'
import { type Cursors, readCursors } from '../../ui/cursors'

/** What the address of the page selects. Values that are not valid are left out. */
export interface DeliveriesSearch extends Cursors, Period {
  /** The internal name of an entity. Without it, files of all entities are listed. */
  readonly entity?: string
  /** Only files that were written again. */
  readonly redelivered?: true
}

export function readDeliveriesSearch(search: Record<string, unknown>): DeliveriesSearch {
  const { entity, redelivered } = search
  return {
    ...readCursors(search),
    ...readPeriod(search),
    ...(typeof entity === 'string' && entity !== '' && { entity }),
    ...(redelivered === true && { redelivered }),
  }
}
