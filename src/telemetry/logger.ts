import { type Logger, pino, stdTimeFunctions } from 'pino'

export type { Logger }

/**
 * Structured logs, one JSON object a line, on standard output or in a file. Callers log ids and counts; what could hold a secret
 * is blotted out all the same, should it ever be handed in.
 */
export function createLogger(options: {
  level: string
  file?: string | undefined
  destination?: { write(line: string): void }
}): Logger {
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: ['password', 'privateKey', 'token', 'authorization', '*.password', '*.privateKey', '*.authorization'],
        censor: '[redacted]',
      },
    },
    options.destination ?? pino.destination({ dest: options.file ?? 1, sync: options.file !== undefined }),
  )
}
