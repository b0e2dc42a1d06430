import { ArgsType, Field, ID, Int } from 'type-graphql'
import type { IncidentCode, IncidentStatus } from '../../domain/incident.js'
import { PageArgs } from '../page.input.js'
import { ExportIncidentCode, ExportIncidentStatus } from './incident.enums.js'

@ArgsType()
export class IncidentPageArgs extends PageArgs {
  @Field(() => ExportIncidentStatus, {
    nullable: true,
    description: 'Only incidents with this status. Null means open and resolved ones.',
  })
  readonly status?: IncidentStatus | null

  @Field(() => ExportIncidentCode, {
    nullable: true,
    description: 'Only incidents with this code. Null means all codes.',
  })
  readonly code?: IncidentCode | null

  @Field(() => ID, {
    nullable: true,
    description: 'Only incidents that affect this tenant, or have affected it. Null means all incidents.',
  })
  readonly tenantId?: string | null
}

@ArgsType()
export class AffectedArgs {
  @Field(() => Int, { defaultValue: 100, description: 'The maximum number of items, 1 to 1,000.' })
  readonly first!: number
}
