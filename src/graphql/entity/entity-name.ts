import { registerEnumType } from 'type-graphql'
import { type Catalog, enumName } from '../../domain/entity.js'

/**
 * The enum of the catalog's entities: `USER_LOGINS` stands for the internal name `user_login_events`.
 * type-graphql keeps one registration of an enum per process and reads it whenever a schema is built, so the
 * registered objects stay the same and {@link fillEntityNames} puts a catalog's names into them just before.
 */
export const ExportEntityName: Record<string, string> = {}
const valuesConfig: Record<string, { description: string }> = {}

registerEnumType(ExportEntityName, {
  name: 'ExportEntityName',
  description: 'The entities that can be exported. Each value is the display name in upper case, with underscores.',
  valuesConfig,
})

/** The loader of the catalog refuses two display names with the same value. */
export function fillEntityNames(catalog: Catalog): void {
  for (const name of Object.keys(ExportEntityName)) {
    delete ExportEntityName[name]
    delete valuesConfig[name]
  }
  for (const entity of catalog.entities) {
    const name = enumName(entity.displayName)
    ExportEntityName[name] = entity.name
    valuesConfig[name] = { description: `${entity.displayName}: ${entity.description}` }
  }
}
