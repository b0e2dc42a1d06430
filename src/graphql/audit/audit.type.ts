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
    'A line of the audit log. It is never changed. It is removed only after a retention time of 90 days or more.',
})
export class ExportAuditEvent implements Omit<AuditEvent, 'tenantId'> {
  @Field(() => ID, { description: 'Identifies it.' })
  readonly id!: string

  @Field(() => DateTime, { description: 'When it was kept.' })
  readonly at!: Date

  @Field(() => ExportAuditAction, { description: 'What was done, or was to be.' })
  readonly action!: AuditAction

  @Field(() => String, {
    description: "The subject of the caller's token. Tenants read `operator` where an operator of the platform acted.",
  })
  readonly subject!: string

  @Field(() => String, {
    nullable: true,
    description: 'The OAuth client, where the token names it; null for tenants where an operator acted.',
  })
  readonly clientId!: string | null

  @Field(() => Boolean, { description: 'Whether an operator of the platform acted for the tenant.' })
  readonly isOperator!: boolean

  @Field(() => String, {
    nullable: true,
    description: 'The network address of the caller; null for a command, and for tenants where an operator acted.',
  })
  readonly address!: string | null

  @Field(() => String, {
    nullable: true,
    description: 'What it was done to: an id, or the name of an operation or of the scope that was missing.',
  })
  readonly target!: string | null

  @Field(() => GraphQLJSONObject, {
    nullable: true,
    description: 'How it was before, where something has changed.',
    complexity: jsonComplexity,
  })
  readonly before!: AuditEvent['before']

  @Field(() => GraphQLJSONObject, {
    nullable: true,
    description: 'How it is since, or what was asked for.',
    complexity: jsonComplexity,
  })
  readonly after!: AuditEvent['after']
}

@ObjectType({ description: 'A line of the audit log with its cursor.' })
export class ExportAuditEventEdge {
  @Field(() => String, { description: 'Where it stands among all events: for `after` and `before`.' })
  readonly cursor!: string

  @Field(() => ExportAuditEvent, { description: 'The line.' })
  readonly node!: ExportAuditEvent
}

@ObjectType({ description: 'A page of the audit log, newest first.' })
export class ExportAuditEventConnection {
  @Field(() => [ExportAuditEventEdge], { description: 'The lines, newest first.' })
  readonly edges!: readonly ExportAuditEventEdge[]

  @Field(() => PageInfo, { description: 'Where the page stands.' })
  readonly pageInfo!: PageInfo
}
