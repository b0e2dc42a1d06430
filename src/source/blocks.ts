import type { ClientBase } from 'pg'
import type { RowBlock } from '../domain/rows.js'
import type { Query } from './query.js'
import type { Rounds } from './rounds.js'
import { RowStream } from './row-stream.js'
import { type Line, unlessSilent } from './silence.js'
import { untilAborted } from './until-aborted.js'

/**
 * The rows of a query, as they come. Those that nobody has taken yet are bounded: then Postgres has to wait.
 * When `signal` aborts, or the line goes silent, the wait for rows ends. `onEnd` hears how many rows the server says
 * that it has sent, once the query is done with its connection. Reads that share `rounds` take turns.
 */
export async function* readBlocks(
  client: ClientBase,
  query: Query,
  line: Line,
  { signal, rounds, onEnd }: { signal: AbortSignal; rounds: Rounds; onEnd: (sentRows: number) => void },
): AsyncGenerator<RowBlock, void, undefined> {
  const stream = client.query(new RowStream(query, rounds))
  let isLater = false
  rounds.begin()
  try {
    while (true) {
      const next = stream.next()
      const block = await (stream.ready && !signal.aborted ? next : untilAborted(unlessSilent(next, line), signal))
      if (!block) break
      // A small file is done with its first one.
      if (isLater) await rounds.turn()
      yield block
      isLater = true
    }
  } finally {
    rounds.end()
  }
  onEnd(stream.sentRows ?? Number.NaN)
}
