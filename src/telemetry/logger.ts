import { type Logger, pino, stdTimeFunctions } from 'pino'

import { onlyPermitted } from './log-fields.js'

export type { Logger }

/**
 * Structured logs, one JSON object a line, on standard output or in a file. Callers log ids and counts; whatever else is
 * handed in stays out: see log-fields.ts.
 */
export function createLogger(options: {
  level: string
  file?: string | undefined
  /** Where no file is given: standard error for a command, whose output is its result. */
  isCommand?: boolean
  destination?: { write(line: string): void }
}): Logger {
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: onlyPermitted },
      // As the fields have left it.
      serializers: { err: (error: unknown) => error },
    },
    options.destination ??
      pino.destination({ dest: options.file ?? (options.isCommand ? 2 : 1), sync: options.file !== undefined }),
  )
}
