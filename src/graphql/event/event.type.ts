import { GraphQLJSONObject } from 'graphql-scalars'
import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql'
import { namesOf } from '../../domain/described.js'
import { type EventType, eventTypes, type TenantEvent } from '../../domain/event.js'
import { jsonComplexity } from '../limits.js'
import { PageInfo } from '../page-info.type.js'
import { DateTime } from '../scalars.js'
import { UserErrorType } from '../user-error.type.js'

/** `EXPORT_FILES_DELIVERED` for `export.files.delivered`. */
const nameOf = (type: EventType): string => type.toUpperCase().replaceAll('.', '_')

export const ExportEventType: Readonly<Record<string, EventType>> = Object.fromEntries(
  namesOf(eventTypes).map((type) => [nameOf(type), type]),
)
registerEnumType(ExportEventType, {
  name: 'ExportEventType',
  description: 'What happened.',
  valuesConfig: Object.fromEntries(
    namesOf(eventTypes).map((type) => [nameOf(type), { description: `\`${type}\`: ${eventTypes[type]}` }]),
  ),
})

@ObjectType('ExportEvent', {
  description: 'An event of the tenant. It never changes. It is removed after its retention time, 90 days by default.',
})
export class ExportEvent implements Omit<TenantEvent, 'tenantId'> {
  @Field(() => ID, { description: 'The id of the event, a UUID. Webhooks and REST have the same id.' })
  readonly id!: string

  @Field(() => Int, {
    description: 'Counts the events of the tenant without gaps, from 1, in the order in which they were recorded.',
  })
  readonly number!: number

  @Field(() => ExportEventType, { description: 'What happened.' })
  readonly type!: EventType

  @Field(() => DateTime, { description: 'When the event was recorded.' })
  readonly at!: Date

  @Field(() => GraphQLJSONObject, {
    description: 'The details, in the form that the reference of events describes for the type.',
    complexity: jsonComplexity,
  })
  readonly data!: TenantEvent['data']
}

@ObjectType({ description: 'An event in a page, with its cursor.' })
export class ExportEventEdge {
  @Field(() => String, { description: 'The cursor of the event, for `after` and `before`: its number.' })
  readonly cursor!: string

  @Field(() => ExportEvent, { description: 'The event.' })
  readonly node!: ExportEvent
}

@ObjectType({ description: 'A page of events, oldest first, as the Relay specification defines it.' })
export class ExportEventConnection {
  @Field(() => [ExportEventEdge], { description: 'The events of the page, oldest first.' })
  readonly edges!: readonly ExportEventEdge[]

  @Field(() => PageInfo, { description: 'Whether there are pages before and after this one.' })
  readonly pageInfo!: PageInfo

  @Field(() => Int, {
    description: "The number of the tenant's last event, also if it has another type. 0 if the tenant has no event.",
  })
  readonly lastNumber!: number

  @Field(() => Int, {
    description:
      'The number of events after the cursor `after` that were removed, because their retention time was over. If it is not 0, ' +
      'the caller has missed them. 0 for a page that is counted back.',
  })
  readonly missed!: number
}

@ObjectType('SendTestEventPayload', { description: 'The test event, or why none was recorded.' })
export class SendTestEventPayload {
  @Field(() => ExportEvent, { nullable: true, description: 'The event, of the type TEST. Null with user errors.' })
  readonly event!: ExportEvent | null

  @Field(() => [UserErrorType], { description: 'Why no event was recorded. Empty if the call succeeded.' })
  readonly userErrors!: readonly UserErrorType[]
}
