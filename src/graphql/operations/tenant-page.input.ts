import { ArgsType, Field, Int } from 'type-graphql'
import { type TenantSort, tenantSorts } from '../../domain/tenant-sort.js'
import type { PageArguments } from '../../services/page.js'
import { enumOf } from '../enum.js'
import { ExportTenantFilter } from './tenant.type.js'

const ExportTenantSort = enumOf(
  'ExportTenantSort',
  'The order of tenants. Tenants that are equal in it follow by their ids.',
  tenantSorts,
)

@ArgsType()
export class TenantPageArgs implements PageArguments {
  @Field(() => ExportTenantFilter, { nullable: true, description: 'Which tenants. Null means all.' })
  readonly filter?: ExportTenantFilter | null

  @Field(() => ExportTenantSort, {
    defaultValue: 'ID',
    description: 'The order of the tenants. A cursor is valid only in the order of its page.',
  })
  readonly sort!: TenantSort

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
