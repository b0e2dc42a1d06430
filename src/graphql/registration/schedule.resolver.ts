import { GraphQLError } from 'graphql'
import { Arg, FieldResolver, Int, Resolver, Root } from 'type-graphql'
import { mostRunTimes, shownRunTimes } from '../../services/registrations/registration-view.js'
import { DateTime } from '../scalars.js'
import { ExportSchedule } from './registration.type.js'

@Resolver(() => ExportSchedule)
export class ScheduleResolver {
  @FieldResolver(() => [DateTime], {
    description:
      'The times of the next runs, as the registration or its preview has them. Also while the schedule is PENDING. The list ' +
      'is empty while the export is disabled or paused.',
    complexity: 1 + mostRunTimes,
  })
  nextRunTimes(
    @Root() { nextRunTimes }: ExportSchedule,
    @Arg('first', () => Int, {
      defaultValue: shownRunTimes,
      description: `The number of times, from 1 to ${mostRunTimes}.`,
    })
    first: number,
  ): readonly Date[] {
    if (first >= 1 && first <= mostRunTimes) return nextRunTimes.slice(0, first)
    const message = `nextRunTimes returns 1 to ${mostRunTimes} times, not ${first}. Change the argument first.`
    throw new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } })
  }
}
