import type { Environment } from './env.js'
import { pickVariables } from './pick-variables.js'
import { variables } from './variables.js'

/** The only variable that the lookup of SSH keys needs. @throws ConfigError */
export function loadDatabaseUrl(environment: Environment): string {
  return pickVariables(environment, variables.pick({ DATABASE_URL: true })).DATABASE_URL
}
