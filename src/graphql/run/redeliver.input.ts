import { Field, InputType } from 'type-graphql'
import type { RedeliveryRequest } from '../../services/runs.js'
import { DateTime, EntityList } from '../scalars.js'

@InputType('RedeliverInput', { description: 'The files whose windows overlap the period [from, to).' })
export class RedeliverInput implements RedeliveryRequest {
  @Field(() => DateTime, { description: 'The first moment of the period.' })
  readonly from!: Date

  @Field(() => DateTime, { description: 'Its end, which is no part of it.' })
  readonly to!: Date

  @Field(() => EntityList, { nullable: true, description: 'Of these entities alone, by display name; all by default.' })
  readonly entityList?: string | string[] | null
}
