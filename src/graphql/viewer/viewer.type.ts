import { Field, ID, ObjectType } from 'type-graphql'
import { DateTime } from '../scalars.js'

@ObjectType('Viewer', { description: 'The caller, as the API knows it from the verified token.' })
export class Viewer {
  @Field(() => String, { description: 'The subject of the token.' })
  readonly subject!: string

  @Field(() => String, { nullable: true, description: 'The OAuth client. Null if the token does not name it.' })
  readonly clientId!: string | null

  @Field(() => ID, {
    nullable: true,
    description:
      'The tenant that the call concerns: that of the token, or that of the header Tidemark-Tenant. Null for an operator who ' +
      'names none.',
  })
  readonly tenantId!: string | null

  @Field(() => Boolean, {
    description:
      'Whether the caller may query all tenants, and act for each of them: it has the scope exports:operate.',
  })
  readonly isOperator!: boolean

  @Field(() => Boolean, {
    description: 'Whether an operator acts for a tenant that the header Tidemark-Tenant names.',
  })
  readonly actsForTenant!: boolean

  @Field(() => [String], { description: 'The scopes of the token, without the prefix that the deployment configures.' })
  readonly scopes!: readonly string[]

  @Field(() => DateTime, {
    nullable: true,
    description: 'The time after which the API refuses the token. Null if the caller has no token.',
  })
  readonly validUntil!: Date | null
}
