import { z } from 'zod'
import { ConfigError } from './config-error.js'
import type { Environment } from './env.js'
import { pickVariables } from './pick-variables.js'
import { userOf } from './postgres-url.js'
import { postgresUrl, required } from './variables.js'

export interface MigrationConfig {
  /** The URL for the login that owns Tidemark's tables. */
  readonly ownerUrl: string
  /** The URL for the service's login, which `migrate` creates unless it exists. */
  readonly serviceUrl: string
  readonly serviceLogin: string
}

const shape = z.object({
  DATABASE_OWNER_URL: postgresUrl(required("the URL for the login that owns Tidemark's tables")),
  DATABASE_URL: postgresUrl(required("the URL for the service's login, which `migrate` creates unless it exists")),
})

/** The variables that `migrate` needs. @throws ConfigError */
export function loadMigrationConfig(environment: Environment): MigrationConfig {
  const { DATABASE_OWNER_URL: ownerUrl, DATABASE_URL: serviceUrl } = pickVariables(environment, shape)
  const serviceLogin = userOf(serviceUrl)
  if (serviceLogin !== undefined) return { ownerUrl, serviceUrl, serviceLogin }
  throw new ConfigError([{ name: 'DATABASE_URL', message: 'names no user: add the login that `migrate` is to create' }])
}
