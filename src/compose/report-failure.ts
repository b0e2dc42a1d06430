import { ConfigError } from '../config/config-error.js'
import { readEnvironment } from '../config/env.js'
import { createLogger } from '../telemetry/logger.js'

/** Logs in one line why a service could not start, or ended. */
export function reportFailure(error: unknown): void {
  const logger = createLogger({
    level: 'info',
    format: readEnvironment()['LOG_FORMAT'] === 'readable' ? 'readable' : 'json',
  })
  if (error instanceof ConfigError) logger.fatal({ problems: error.problems }, 'the configuration is not usable')
  else logger.fatal({ err: error }, 'the service can not go on')
}
