import type { ClientBase } from 'pg'
import type { RowBlock } from '../domain/rows.js'
import type { Query } from './query.js'
import type { ReadPacer } from './read-pacer.js'
import { RowStream } from './row-stream.js'
import { type Line, unlessSilent } from './unless-silent.js'
import { untilCancelled } from './until-cancelled.js'

/**
 * The rows of a query as they arrive. Rows that are not taken yet are bounded, so a slow consumer makes Postgres wait. The wait
 * for rows ends when `signal` aborts or the connection is dead. At the end, `onEnd` gets the number of rows that the server
 * reports. Reads with the same `pacer` share the event loop.
 */
export async function* readBlocks(
  client: ClientBase,
  query: Query,
  line: Line,
  { signal, pacer, onEnd }: { signal: AbortSignal; pacer: ReadPacer; onEnd: (sentRows: number) => void },
): AsyncGenerator<RowBlock, void, undefined> {
  const stream = client.query(new RowStream(query, pacer))
  let isLater = false
  pacer.begin()
  try {
    while (true) {
      const next = stream.next()
      const block = await (stream.ready && !signal.aborted ? next : untilCancelled(unlessSilent(next, line), signal))
      if (!block) break
      // A small file has one block only.
      if (isLater) await pacer.pause()
      yield block
      isLater = true
    }
  } finally {
    pacer.end()
  }
  onEnd(stream.sentRows ?? Number.NaN)
}
