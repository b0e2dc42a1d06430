import { Field, InputType } from 'type-graphql'
import type { RedeliveryRequest } from '../../services/runs/redeliver.js'
import { DateTime, EntityList } from '../scalars.js'

@InputType('RedeliverInput', {
  description:
    'Selects the files whose windows overlap the period [from, to). A full load has no start, so it overlaps each period ' +
    'that begins before its end.',
})
export class RedeliverInput implements RedeliveryRequest {
  @Field(() => DateTime, {
    description: 'The start of the period. For the file with the rows of a Monday, its midnight `00:00:00Z`.',
  })
  readonly from!: Date

  @Field(() => DateTime, {
    description:
      'The end of the period, which the period does not include. For the rows of a Monday, Tuesday `00:00:00Z`.',
  })
  readonly to!: Date

  @Field(() => EntityList, { nullable: true, description: 'Only files of these entities. Null means all entities.' })
  readonly entityList?: string | string[] | null
}
