import { Field, InputType, Int, ObjectType } from 'type-graphql'
import { defaultScheduleTime, type ScheduleTime, type ScheduleTimeInput } from '../../domain/schedule-time.js'

const descriptions = {
  timeZone:
    'The time zone of the schedule: a name with a region from the IANA time zone database, such as `Europe/Berlin`, or `UTC`. ' +
    'Days, weeks and months begin in it, and the date in the paths is a date in it.',
  hour: 'The hour at which runs are due, in local time, from 0 to 23.',
  minute: 'The minute at which runs are due: 0, 15, 30 or 45.',
}

@InputType('ExportScheduleInput', {
  description: 'When in the day runs are due. A field that is absent or null takes its default.',
})
export class ScheduleTimeInputType implements ScheduleTimeInput {
  @Field(() => String, {
    nullable: true,
    defaultValue: defaultScheduleTime.timeZone,
    description: descriptions.timeZone,
  })
  readonly timeZone?: string | null

  @Field(() => Int, { nullable: true, defaultValue: defaultScheduleTime.hour, description: descriptions.hour })
  readonly hour?: number | null

  @Field(() => Int, { nullable: true, defaultValue: defaultScheduleTime.minute, description: descriptions.minute })
  readonly minute?: number | null
}

@ObjectType('ExportScheduleTime', { description: 'When in the day runs are due.' })
export class ScheduleTimeType implements ScheduleTime {
  @Field(() => String, { description: descriptions.timeZone })
  readonly timeZone!: string

  @Field(() => Int, { description: descriptions.hour })
  readonly hour!: number

  @Field(() => Int, { description: descriptions.minute })
  readonly minute!: number
}
