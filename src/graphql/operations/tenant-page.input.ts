import { ArgsType, Field, Int } from 'type-graphql'
import type { PageArguments } from '../../services/page.js'
import { ExportTenantFilter } from './tenant.type.js'

@ArgsType()
export class TenantPageArgs implements PageArguments {
  @Field(() => ExportTenantFilter, { nullable: true, description: 'Which tenants. Null means all.' })
  readonly filter?: ExportTenantFilter | null

  @Field(() => Int, {
    nullable: true,
    description: 'The maximum number of tenants, 1 to 100. Null means 20. Do not combine it with `last` or `before`.',
  })
  readonly first?: number | null

  @Field(() => String, {
    nullable: true,
    description: 'Only tenants after this cursor. Null starts at the first tenant.',
  })
  readonly after?: string | null

  @Field(() => Int, {
    nullable: true,
    description:
      'The maximum number of tenants, 1 to 100, counted back from `before` or from the last tenant. Do not combine it with ' +
      '`first` or `after`.',
  })
  readonly last?: number | null

  @Field(() => String, {
    nullable: true,
    description: 'Only tenants before this cursor. Null starts at the last tenant if `last` is given.',
  })
  readonly before?: string | null
}
