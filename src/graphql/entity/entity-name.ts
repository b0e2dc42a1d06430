import { registerEnumType } from 'type-graphql'
import type { Catalog, Entity } from '../../domain/entity.js'

/**
 * The enum of the catalog's entities: `USER_LOGINS` stands for the internal name `user_login_events`.
 * type-graphql keeps one registration of an enum per process and reads it whenever a schema is built, so the
 * registered objects stay the same and {@link fillEntityNames} puts a catalog's names into them just before.
 */
export const ExportEntityName: Record<string, string> = {}
const valuesConfig: Record<string, { description: string }> = {}

registerEnumType(ExportEntityName, {
  name: 'ExportEntityName',
  description: 'The entities that can be exported: the display names, as an enum.',
  valuesConfig,
})

/** @throws Error when two display names come out alike */
export function fillEntityNames(catalog: Catalog): void {
  for (const name of Object.keys(ExportEntityName)) {
    delete ExportEntityName[name]
    delete valuesConfig[name]
  }
  for (const entity of catalog.entities) {
    const name = enumNameOf(entity)
    if (name in ExportEntityName) throw new Error(`Two entities of the catalog would both be ${name} in GraphQL.`)
    ExportEntityName[name] = entity.name
    valuesConfig[name] = { description: `${entity.displayName}: ${entity.description}` }
  }
}

/** `user logins` becomes `USER_LOGINS`. What GraphQL can't write at all falls back on the internal name. */
function enumNameOf(entity: Entity): string {
  const fromDisplayName = upperSnake(entity.displayName)
  const name = /[A-Z]/.test(fromDisplayName) ? fromDisplayName : upperSnake(entity.name)
  return /^[0-9]/.test(name) ? `_${name}` : name
}

function upperSnake(text: string): string {
  const words =
    text
      .normalize('NFKD')
      .replace(/\p{M}/gu, '')
      .match(/[A-Za-z0-9]+/g) ?? []
  return words.join('_').toUpperCase()
}
