import { deletedColumn, type Entity } from './entity.js'

/** The columns that a row of a deleted record has values in. All others are NULL. */
export function tombstoneColumns(
  entity: Pick<Entity, 'key' | 'tenantColumn' | 'updatedAtColumn' | 'changeXidColumn'>,
): Set<string> {
  const { key, tenantColumn, updatedAtColumn, changeXidColumn } = entity
  return new Set([...key, tenantColumn, updatedAtColumn, changeXidColumn, deletedColumn])
}

/** The table of deleted rows, as an entity that has only their keys. Undefined if the entity has no such table. */
export function tombstonesOf(entity: Entity): Entity | undefined {
  const { tombstones, key } = entity
  if (!tombstones) return undefined
  const columns = entity.columns.filter(({ name }) => key.includes(name))
  return { ...entity, table: tombstones, tombstones: undefined, columns, changeTracking: 'application' }
}
