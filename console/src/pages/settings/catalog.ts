import type { SettingsPageQuery } from '../../gql/graphql'

/** An entity with its data dictionary. */
export type CatalogEntity = SettingsPageQuery['exportEntities'][number]
