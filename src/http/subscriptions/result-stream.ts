import { Readable } from 'node:stream'
import { within } from '../../domain/within.js'
import type { Results } from '../../graphql/subscriptions/subscription-call.js'
import { toApiFailure } from '../../services/api-failure.js'
import type { Logger } from '../../telemetry/logger.js'
import type { StreamFormat } from './stream-format.js'

export interface StreamParts {
  readonly results: Results
  readonly format: StreamFormat
  readonly heartbeatMs: number
  readonly logger: Logger
}

/** The body of a response. It holds at most one result that the caller has not read. */
export function resultStream(parts: StreamParts): Readable {
  return Readable.from(written(parts), { highWaterMark: 1 })
}

async function* written({ results, format, heartbeatMs, logger }: StreamParts): AsyncGenerator<string, void> {
  yield format.begin
  try {
    for (let next = results.next(); ;) {
      const result = await within(heartbeatMs, next)
      if (result?.done) break
      yield result ? format.result(result.value) : format.heartbeat
      if (result) next = results.next()
    }
  } catch (error) {
    const { code, message } = toApiFailure(error, logger)
    yield format.failure({ message, extensions: { code } })
  } finally {
    await results.return()
  }
  yield format.end
}
