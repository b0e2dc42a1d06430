import { type Logger, pino, stdTimeFunctions } from 'pino'

import { onlyPermitted } from './log-fields.js'

export type { Logger }

/**
 * Structured logs, one JSON object per line, on standard output or in a file. Callers log ids and counts. All other fields
 * are left out: see log-fields.ts.
 */
export function createLogger(options: {
  level: string
  file?: string | undefined
  /** A command logs to standard error if there is no file, because its standard output is its result. */
  isCommand?: boolean
  destination?: { write(line: string): void }
}): Logger {
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: onlyPermitted },
      // `onlyPermitted` has already described the error.
      serializers: { err: (error: unknown) => error },
    },
    options.destination ??
      pino.destination({ dest: options.file ?? (options.isCommand ? 2 : 1), sync: options.file !== undefined }),
  )
}
