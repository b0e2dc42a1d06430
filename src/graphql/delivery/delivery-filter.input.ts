import { ArgsType, Field, ID, Int } from 'type-graphql'
import type { DeliveryPageArguments } from '../../services/deliveries.js'
import { ExportEntityName } from '../entity/entity-name.js'
import { PageArgs } from '../page.input.js'
import { CalendarDay, DateTime } from '../scalars.js'

@ArgsType()
export class DeliveryPageArgs extends PageArgs implements DeliveryPageArguments {
  @Field(() => ExportEntityName, {
    nullable: true,
    description: 'Only deliveries of this entity. Null means all entities.',
  })
  readonly entity?: string | null

  @Field(() => ID, {
    nullable: true,
    description: 'Only deliveries that this run published. Null means all runs.',
  })
  readonly runId?: string | null

  @Field(() => Boolean, {
    nullable: true,
    description: 'Only redelivered files, or only files that are not redelivered. Null means both.',
  })
  readonly redelivered?: boolean | null

  @Field(() => DateTime, {
    nullable: true,
    description:
      'Only files that were published at this time or later. Null means no lower limit. A loader asks from a few minutes ' +
      'before its last file, and ignores ids that it knows.',
  })
  readonly since?: Date | null

  @Field(() => DateTime, {
    nullable: true,
    description: 'Only files that were published before this time. Null means no upper limit.',
  })
  readonly until?: Date | null

  @Field(() => CalendarDay, {
    nullable: true,
    description: 'Only files with this date or a later one in their paths. Null means no first day.',
  })
  readonly firstDay?: Date | null

  @Field(() => CalendarDay, {
    nullable: true,
    description: 'Only files with this date or an earlier one in their paths. Null means no last day.',
  })
  readonly lastDay?: Date | null

  @Field(() => Int, {
    nullable: true,
    description:
      'Only files that were published this many days ago or earlier, are stored on the SFTP server, and were not fetched, 1 to 90. ' +
      'Files of more than 90 days before that are left out. No file matches if the SFTP server does not report fetches. Null means ' +
      'all files.',
  })
  readonly notFetchedForDays?: number | null
}
