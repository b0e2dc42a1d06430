import { closeSync, openSync } from 'node:fs'
import type { Environment } from './env.js'
import type { ConfigProblem } from './config-error.js'

/** Checks that the log file can be opened for appending. */
export function problemOfLogFile(environment: Environment): ConfigProblem[] {
  const file = environment['LOG_FILE']
  if (file === undefined) return []
  try {
    closeSync(openSync(file, 'a'))
    return []
  } catch (error) {
    return [{ name: 'LOG_FILE', message: `can't be written: ${(error as NodeJS.ErrnoException).code}` }]
  }
}
