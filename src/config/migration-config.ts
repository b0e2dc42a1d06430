import { z } from 'zod'
import { ConfigError } from './config-error.js'
import type { Environment } from './env.js'
import { pickVariables } from './pick-variables.js'
import { userOf } from './postgres-url.js'
import { postgresUrl, required } from './variables.js'

export interface MigrationConfig {
  /** For the login that owns Tidemark's tables. */
  readonly ownerUrl: string
  /** For the service's own login, which `migrate` makes unless it exists. */
  readonly serviceUrl: string
  readonly serviceLogin: string
}

const shape = z.object({
  DATABASE_OWNER_URL: postgresUrl(required("the URL for the login that owns Tidemark's tables")),
  DATABASE_URL: postgresUrl(required("the URL for the service's own login, which is made if need be")),
})

/** What `migrate` needs of the environment. @throws ConfigError */
export function loadMigrationConfig(environment: Environment): MigrationConfig {
  const { DATABASE_OWNER_URL: ownerUrl, DATABASE_URL: serviceUrl } = pickVariables(environment, shape)
  const serviceLogin = userOf(serviceUrl)
  if (serviceLogin !== undefined) return { ownerUrl, serviceUrl, serviceLogin }
  throw new ConfigError([{ name: 'DATABASE_URL', message: 'names no user: `migrate` makes the login that it names' }])
}
