import type { ClientBase } from 'pg'
import Cursor from 'pg-cursor'
import type { Query } from './query.js'
import { type Line, unlessSilent } from './silence.js'
import type { RawRow } from './types.js'
import { untilAborted } from './until-aborted.js'

/** Large enough that the round trip per batch is cheap, small enough that two batches of wide rows fit anywhere. */
const rowsPerBatch = 500

const asPrinted = { getTypeParser: () => (value: string) => value }

/**
 * The rows of a query, a batch at a time. While a batch is being used, the next one is on its way, but no more.
 * When `signal` aborts, or the line goes silent, the wait for rows ends. `onEnd` hears that the query is done with its connection.
 */
export async function* readBatches(
  client: ClientBase,
  query: Query,
  line: Line,
  signal: AbortSignal,
  onEnd: () => void,
): AsyncGenerator<RawRow[], void, undefined> {
  const cursor = client.query(new Cursor<RawRow>(query.text, query.values, { rowMode: 'array', types: asPrinted }))
  let next = cursor.read(rowsPerBatch)
  while (true) {
    const rows = await untilAborted(unlessSilent(next, line), signal)
    if (rows.length === 0) break
    next = cursor.read(rowsPerBatch)
    // Whether or not anybody comes back for it, a failure must not count as unhandled.
    next.catch(() => {})
    yield rows
  }
  onEnd()
}
