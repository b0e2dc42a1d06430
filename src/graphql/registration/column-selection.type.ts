import { Field, InputType, ObjectType } from 'type-graphql'
import type { EntityColumnsInput } from '../../services/registrations/column-selection-input.js'
import {
  type ColumnSelectionView,
  type EntityColumnsView,
  type Notice,
  type NoticeCode,
  noticeCodes,
} from '../../services/registrations/column-selection-view.js'
import { enumOf } from '../enum.js'

@InputType('EntityColumnsInput', {
  description:
    'Which columns of an entity are delivered. Exactly one of `include` and `exclude` is required. The columns of the key, ' +
    '`is_deleted` and the time of the last change are always delivered.',
})
export class EntityColumnsInputType implements EntityColumnsInput {
  @Field(() => String, {
    description:
      'The entity: a display name, an internal name or a value of ExportEntityName. Each entity at most once.',
  })
  readonly entity!: string

  @Field(() => [String], {
    nullable: true,
    description: 'Only these columns are delivered. Columns that are added to the catalog later are left out.',
  })
  readonly include?: string[] | null

  @Field(() => [String], {
    nullable: true,
    description: 'All columns except these are delivered, also columns that are added to the catalog later.',
  })
  readonly exclude?: string[] | null
}

@ObjectType('EntityColumns', { description: 'Which columns of an entity are delivered.' })
export class EntityColumnsType {
  @Field(() => String, { description: 'The display name of the entity.' })
  readonly entity!: string

  @Field(() => [String], { nullable: true, description: 'Only these columns are delivered. Null if `exclude` is set.' })
  readonly include!: readonly string[] | null

  @Field(() => [String], {
    nullable: true,
    description: 'All columns except these are delivered. Null if `include` is set.',
  })
  readonly exclude!: readonly string[] | null
}

/** The columns of a view, and its tags. */
export function toColumnSelection({ columns, excludeTags }: ColumnSelectionView) {
  return { columns: columns.map(toEntityColumns), excludeTags }
}

function toEntityColumns({ entity, include, exclude }: EntityColumnsView): EntityColumnsType {
  return { entity: entity.displayName, include, exclude }
}

const NoticeCodeEnum = enumOf('DataExportNoticeCode', 'What a notice is about.', noticeCodes)

@ObjectType('DataExportNotice', {
  description: 'A consequence of an accepted call that its caller may not expect. It is no error.',
})
export class DataExportNotice {
  @Field(() => NoticeCodeEnum, { description: 'What the notice is about.' })
  readonly code!: NoticeCode

  @Field(() => String, { description: 'What happens, and what to do.' })
  readonly message!: string

  @Field(() => [String], {
    description: 'The display names of the entities. With COLUMNS_ADDED, pass them to requestFullLoad as `entityList`.',
  })
  readonly entityList!: readonly string[]
}

export function toNotice({ code, message, entities }: Notice): DataExportNotice {
  return { code, message, entityList: entities.map(({ displayName }) => displayName) }
}
