import { Field, Int, ObjectType } from 'type-graphql'
import type { RetypedColumn, SchemaChange, SchemaColumn } from '../../domain/schema-changes.js'
import { CalendarDay, DateTime } from '../scalars.js'

@ObjectType('ExportSchemaColumn', { description: 'A column that was added.' })
export class ExportSchemaColumn implements SchemaColumn {
  @Field(() => String, { description: 'The name of the column.' })
  readonly name!: string

  @Field(() => String, { description: 'The type of the column in the catalog, such as `integer`.' })
  readonly type!: string
}

@ObjectType('ExportRetypedColumn', { description: 'A column that has another type.' })
export class ExportRetypedColumn implements RetypedColumn {
  @Field(() => String, { description: 'The name of the column.' })
  readonly name!: string

  @Field(() => String, { description: 'The type of the column in the version before.' })
  readonly before!: string

  @Field(() => String, { description: 'The type of the column in this version.' })
  readonly after!: string
}

@ObjectType('ExportSchemaChange', {
  description:
    'What changed in the columns of an entity with a schema version. The first version adds all its columns. ' +
    'Redelivered files are not considered.',
})
export class ExportSchemaChange implements Omit<SchemaChange, 'columns'> {
  @Field(() => Int, { description: 'The schema version, as the manifest has it.' })
  readonly schemaVersion!: number

  @Field(() => Int, { description: 'The sequence number of the first file with this version.' })
  readonly sequence!: number

  @Field(() => Int, { description: 'The revision of that file.' })
  readonly revision!: number

  @Field(() => CalendarDay, { description: 'The date in the path of that file.' })
  readonly day!: Date

  @Field(() => String, { description: 'The path of that file. A later revision may have replaced it.' })
  readonly path!: string

  @Field(() => DateTime, { description: 'The time when that file was published.' })
  readonly publishedAt!: Date

  @Field(() => [ExportSchemaColumn], { description: 'The columns that the version before does not have, in order.' })
  readonly added!: readonly SchemaColumn[]

  @Field(() => [String], { description: 'The names of the columns that this version does not have any more.' })
  readonly removed!: readonly string[]

  @Field(() => [ExportRetypedColumn], { description: 'The columns that have another type, in order.' })
  readonly retyped!: readonly RetypedColumn[]

  @Field(() => Boolean, { description: 'Whether columns that both versions have are in another order.' })
  readonly isReordered!: boolean
}
