import { ConfigError } from './config-error.js'
import type { Environment } from './env.js'
import { pickVariables } from './pick-variables.js'
import { userOf } from './postgres-url.js'
import { variables } from './variables.js'

export interface SourceOwnerConfig {
  /** The URL for the login that may change the tables of the source; it may be one that only reads. */
  readonly ownerUrl: string
  /** The login that exports read with, if it is another one. */
  readonly reader: string | undefined
}

const shape = variables.pick({ SOURCE_OWNER_URL: true, SOURCE_DATABASE_URL: true, DATABASE_URL: true }).extend({
  DATABASE_URL: variables.shape.DATABASE_URL.optional(),
})

/** The variables that the commands need that read or change the form of the source. @throws ConfigError */
export function loadSourceOwnerConfig(environment: Environment): SourceOwnerConfig {
  const {
    SOURCE_OWNER_URL: owner,
    SOURCE_DATABASE_URL: source,
    DATABASE_URL: database,
  } = pickVariables(environment, shape)
  const ownerUrl = owner ?? source ?? database
  if (ownerUrl === undefined) {
    throw new ConfigError([
      { name: 'SOURCE_OWNER_URL', message: 'is required: the URL for the owner of the tables of the source' },
    ])
  }
  const reader = source === undefined ? undefined : userOf(source)
  return { ownerUrl, reader: reader === userOf(ownerUrl) ? undefined : reader }
}
