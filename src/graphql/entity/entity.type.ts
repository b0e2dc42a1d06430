import { Field, ID, ObjectType } from 'type-graphql'
import type { Column, ColumnType, Entity, EntityKind } from '../../domain/entity.js'
import { listComplexity } from '../limits.js'
import { ExportColumnType, ExportEntityKind } from './entity.enums.js'
import { ExportEntityName } from './entity-name.js'

@ObjectType('ExportColumn', { description: 'A column of the CSV file of an entity.' })
export class ExportColumn implements Column {
  @Field(() => String, { description: 'The name in the header row.' })
  readonly name!: string

  @Field(() => ExportColumnType, { description: 'How its values are written.' })
  readonly type!: ColumnType

  @Field(() => String, { description: 'What it holds.' })
  readonly description!: string

  @Field(() => Boolean, {
    description: 'Whether it may be NULL, which is an empty field; the empty string is written as two quotes.',
  })
  readonly nullable!: boolean
}

@ObjectType('ExportEntity', { description: 'A kind of record that can be exported: an entry of the data dictionary.' })
export class ExportEntity {
  @Field(() => ID, { description: 'Identifies it, for caches of clients.' })
  readonly id!: string

  @Field(() => ExportEntityName, { description: 'The entity as an enum value.' })
  readonly name!: string

  @Field(() => String, { description: 'Its name for people, e.g. `user logins`.' })
  readonly displayName!: string

  @Field(() => String, { description: 'The name in paths and in the manifest, e.g. `user_login_events`.' })
  readonly internalName!: string

  @Field(() => String, { description: 'What its records are.' })
  readonly description!: string

  @Field(() => ExportEntityKind, { description: 'Whether a row is the state of a thing or something that happened.' })
  readonly kind!: EntityKind

  @Field(() => [String], { description: 'The columns that identify a row: load files by upserting on them.' })
  readonly key!: readonly string[]

  @Field(() => [ExportColumn], {
    description: 'The columns of the file, in their order. New ones are only ever appended.',
    complexity: listComplexity(20),
  })
  readonly columns!: readonly ExportColumn[]
}

export function toExportEntity(entity: Entity): ExportEntity {
  const { name, displayName, description, kind, key, columns } = entity
  return { id: name, name, displayName, internalName: name, description, kind, key, columns }
}
