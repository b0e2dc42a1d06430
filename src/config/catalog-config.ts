import type { Environment } from './env.js'
import { pickVariables } from './pick-variables.js'
import { variables } from './variables.js'

export interface CatalogConfig {
  /** The catalog in use; the built-in one if undefined. */
  readonly catalogFile: string | undefined
  /** The URL for reading the source, if it is set. */
  readonly sourceUrl: string | undefined
}

const shape = variables
  .pick({ CATALOG_FILE: true, SOURCE_DATABASE_URL: true })
  .extend({ DATABASE_URL: variables.shape.DATABASE_URL.optional() })

/** The variables that the commands for catalogs use. None of them is required. @throws ConfigError */
export function loadCatalogConfig(environment: Environment): CatalogConfig {
  const {
    CATALOG_FILE: catalogFile,
    SOURCE_DATABASE_URL: source,
    DATABASE_URL: database,
  } = pickVariables(environment, shape)
  return { catalogFile, sourceUrl: source ?? database }
}
