import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino'

import { onlyPermitted } from './log-fields.js'
import { readableLine } from './readable-line.js'
import { currentTraceId } from './trace-id.js'

export type { Logger }

/** `json`: one JSON object per line. `readable`: for people at a terminal. */
export type LogFormat = 'json' | 'readable'

/**
 * Structured logs, one line each, on standard output or in a file. Callers log ids and counts. All other fields are left out:
 * see log-fields.ts. Lines that belong to a trace have its id.
 */
export function createLogger(options: {
  level: string
  file?: string | undefined
  format?: LogFormat
  /** A command logs to standard error if there is no file, because its standard output is its result. */
  isCommand?: boolean
  destination?: { write(line: string): void }
}): Logger {
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      mixin: () => {
        const traceId = currentTraceId()
        return traceId === undefined ? {} : { traceId }
      },
      formatters: { level: (label) => ({ level: label }), log: onlyPermitted },
      // `onlyPermitted` has already described the error.
      serializers: { err: (error: unknown) => error },
    },
    inFormat(
      options.format ?? 'json',
      options.destination ??
        pino.destination({ dest: options.file ?? (options.isCommand ? 2 : 1), sync: options.file !== undefined }),
    ),
  )
}

function inFormat(format: LogFormat, destination: DestinationStream): DestinationStream {
  return format === 'json' ? destination : { write: (line) => destination.write(readableLine(line)) }
}
