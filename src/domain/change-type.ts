import { deliveredEntity, type OptionalSelection } from './column-selection.js'
import type { Column, Entity } from './entity.js'
import type { FileFormat } from './file-format.js'

/** The last column of files with `changeType`. Its values are computed by the query that reads the rows. */
export const changeTypeColumn: Column = {
  name: 'change_type',
  type: 'string',
  description:
    '`I`: the row was inserted in the window, and no earlier file has it. `U`: the row was inserted before. `D`: the row is marked ' +
    'as deleted. In a full load, each row is `I` or `D`.',
  nullable: false,
  derived: 'changeType',
}

/** Whether the source says when rows of the entity were inserted, which decides between `I` and `U`. */
export function canTellInserts(entity: Entity): boolean {
  const { insertXidColumn, insertedAtColumn, columns } = entity
  const isFree = columns.every(({ name }) => name !== changeTypeColumn.name)
  return insertXidColumn !== undefined && insertedAtColumn !== undefined && isFree
}

/** The entity with the columns that files of a selection and a format have. */
export function entityOfFiles(
  entity: Entity,
  selection: OptionalSelection,
  { changeType }: Pick<FileFormat, 'changeType'>,
): Entity {
  const delivered = deliveredEntity(entity, selection)
  return changeType ? { ...delivered, columns: [...delivered.columns, changeTypeColumn] } : delivered
}
