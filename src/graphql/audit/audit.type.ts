import { GraphQLJSONObject } from 'graphql-scalars'
import { Field, ID, ObjectType } from 'type-graphql'
import { type AuditAction, auditActions, type AuditEvent } from '../../domain/audit.js'
import { enumOf } from '../enum.js'
import { jsonComplexity } from '../limits.js'
import { PageInfo } from '../page-info.type.js'
import { DateTime } from '../scalars.js'

export const ExportAuditAction = enumOf('ExportAuditAction', 'What was done or denied.', auditActions)

@ObjectType('ExportAuditEvent', {
  description:
    'An event of the audit log. It never changes. It is removed only after a retention time of at least 90 days.',
})
export class ExportAuditEvent implements Omit<AuditEvent, 'tenantId'> {
  @Field(() => ID, { description: 'The id of the event.' })
  readonly id!: string

  @Field(() => DateTime, { description: 'When the event was recorded.' })
  readonly at!: Date

  @Field(() => ExportAuditAction, { description: 'What the caller did or requested.' })
  readonly action!: AuditAction

  @Field(() => String, {
    description:
      "The subject of the caller's token. For tenants it is `operator` if an operator of the platform acted.",
  })
  readonly subject!: string

  @Field(() => String, {
    nullable: true,
    description:
      'The OAuth client of the caller. Null if the token does not name it. Also null for tenants if an operator acted.',
  })
  readonly clientId!: string | null

  @Field(() => Boolean, { description: 'Whether an operator of the platform acted for the tenant.' })
  readonly isOperator!: boolean

  @Field(() => String, {
    nullable: true,
    description: 'The network address of the caller. Null for a command. Also null for tenants if an operator acted.',
  })
  readonly address!: string | null

  @Field(() => String, {
    nullable: true,
    description:
      'The object of the action: an id, the name of an operation, or the scope that the token lacked. Null if the ' +
      'action has no such object.',
  })
  readonly target!: string | null

  @Field(() => GraphQLJSONObject, {
    nullable: true,
    description: 'The object before the change. Null if nothing changed.',
    complexity: jsonComplexity,
  })
  readonly before!: AuditEvent['before']

  @Field(() => GraphQLJSONObject, {
    nullable: true,
    description: 'The object after the change, or the details of the request. Null if there are none.',
    complexity: jsonComplexity,
  })
  readonly after!: AuditEvent['after']
}

@ObjectType({ description: 'An event in a page, with its cursor.' })
export class ExportAuditEventEdge {
  @Field(() => String, { description: 'The cursor of the event, for `after` and `before`.' })
  readonly cursor!: string

  @Field(() => ExportAuditEvent, { description: 'The event.' })
  readonly node!: ExportAuditEvent
}

@ObjectType({ description: 'A page of the audit log, newest first, as the Relay specification defines it.' })
export class ExportAuditEventConnection {
  @Field(() => [ExportAuditEventEdge], { description: 'The events of the page, newest first.' })
  readonly edges!: readonly ExportAuditEventEdge[]

  @Field(() => PageInfo, { description: 'Whether there are pages before and after this one.' })
  readonly pageInfo!: PageInfo
}
