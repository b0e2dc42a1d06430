import { Field, ID, ObjectType } from 'type-graphql'
import { requiredColumns } from '../../domain/column-selection.js'
import type { Column, ColumnType, Entity, EntityKind } from '../../domain/entity.js'
import { listComplexity } from '../limits.js'
import { ExportColumnType, ExportEntityKind } from './entity.enums.js'
import { ExportEntityName } from './entity-name.js'

@ObjectType('ExportColumn', { description: 'A column in the CSV file of an entity.' })
export class ExportColumn implements Column {
  @Field(() => String, { description: 'The name of the column in the header row.' })
  readonly name!: string

  @Field(() => ExportColumnType, {
    description: 'The type of the column, which determines how its values are written.',
  })
  readonly type!: ColumnType

  @Field(() => String, { description: 'What the column contains.' })
  readonly description!: string

  @Field(() => Boolean, {
    description: 'Whether a value may be NULL. NULL is written as an empty field, and the empty string as two quotes.',
  })
  readonly nullable!: boolean

  @Field(() => [String], {
    description:
      'Tags of the column, in lower case. The tag `pii` marks personal data. `excludeTags` of a registration leaves out the ' +
      'columns that have a tag.',
  })
  readonly tags!: readonly string[]

  @Field(() => Boolean, {
    description:
      'Whether no registration can leave the column out: it belongs to the key, or it is `is_deleted` or the time of the last change.',
  })
  readonly alwaysDelivered!: boolean
}

@ObjectType('ExportEntity', { description: 'A kind of record that can be exported: an entry of the catalog.' })
export class ExportEntity {
  @Field(() => ID, { description: 'The id of the entity, for caches of clients.' })
  readonly id!: string

  @Field(() => ExportEntityName, { description: 'The entity as an enum value.' })
  readonly name!: string

  @Field(() => String, { description: 'The display name of the entity, such as `user logins`.' })
  readonly displayName!: string

  @Field(() => String, {
    description: 'The internal name of the entity, such as `user_login_events`. Paths and the manifest use it.',
  })
  readonly internalName!: string

  @Field(() => String, { description: 'What the records of the entity are.' })
  readonly description!: string

  @Field(() => ExportEntityKind, { description: 'Whether a row is the current state of a record or an event.' })
  readonly kind!: EntityKind

  @Field(() => [String], {
    description: 'The columns that identify a row. Use them as the key when you merge a delta.',
  })
  readonly key!: readonly string[]

  @Field(() => [String], { description: 'Tags of the entity, in lower case. A tag changes no file.' })
  readonly tags!: readonly string[]

  @Field(() => Boolean, {
    description:
      'Whether a delta also has a row for each record that was removed from the source: its key, and true as `is_deleted`. ' +
      'All other columns of such a row are NULL. If false, only records that the platform marks as deleted are in deltas.',
  })
  readonly reportsRemovals!: boolean

  @Field(() => [ExportColumn], {
    description:
      'The columns of the file, in order. New columns are only ever appended. A registration can leave columns out.',
    complexity: listComplexity(20),
  })
  readonly columns!: readonly ExportColumn[]
}

/** Each answer of 26 entities with all their columns would make hundreds of objects. The catalog does not change. */
const converted = new WeakMap<Entity, ExportEntity>()

export function toExportEntity(entity: Entity): ExportEntity {
  const before = converted.get(entity)
  if (before) return before
  const { name, displayName, description, kind, key, tags = [] } = entity
  const required = new Set(requiredColumns(entity))
  const columns = entity.columns.map((column) => ({
    ...column,
    tags: column.tags ?? [],
    alwaysDelivered: required.has(column.name),
  }))
  const reportsRemovals = entity.tombstones !== undefined
  const names = { id: name, name, displayName, internalName: name }
  const made = { ...names, description, kind, key, tags, reportsRemovals, columns }
  converted.set(entity, made)
  return made
}
