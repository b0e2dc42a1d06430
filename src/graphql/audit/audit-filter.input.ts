import { ArgsType, Field } from 'type-graphql'
import type { AuditAction } from '../../domain/audit.js'
import type { AuditPageArguments } from '../../services/audit.js'
import { PageArgs } from '../page.input.js'
import { DateTime } from '../scalars.js'
import { ExportAuditAction } from './audit.type.js'

@ArgsType()
export class AuditPageArgs extends PageArgs implements AuditPageArguments {
  @Field(() => [ExportAuditAction], {
    nullable: true,
    description: 'Only events with one of these actions. Null means all actions.',
  })
  readonly action?: AuditAction[] | null

  @Field(() => DateTime, {
    nullable: true,
    description: 'Only events that were recorded at this time or later. Null means no lower limit.',
  })
  readonly from?: Date | null

  @Field(() => DateTime, {
    nullable: true,
    description: 'Only events that were recorded before this time. Null means no upper limit.',
  })
  readonly to?: Date | null
}
