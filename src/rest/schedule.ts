import { defaultScheduleTime, scheduleMinutes } from '../domain/schedule-time.js'
import { scheduleStates } from '../services/registrations/registration-view.js'
import { namesOf } from '../domain/described.js'
import { ignoredScheduleFields } from './body.js'
import { scheduleStateWords } from './words.js'

/** The OpenAPI schemas of when in the day runs are due. No field is required in a request. */
const time = {
  timeZone: {
    type: 'string',
    default: defaultScheduleTime.timeZone,
    description:
      'A name with a region from the IANA time zone database, such as `Europe/Berlin`, or `UTC`. Days, weeks and months ' +
      'begin in it, and the date in the paths is a date in it.',
  },
  hour: {
    type: 'integer',
    minimum: 0,
    maximum: 23,
    default: defaultScheduleTime.hour,
    description: 'The hour at which runs are due, in local time.',
  },
  minute: {
    type: 'integer',
    enum: scheduleMinutes,
    default: defaultScheduleTime.minute,
    description: 'The minute at which runs are due.',
  },
}

export const scheduleInputSchema = {
  description: 'When in the day runs are due. A field that is absent or null takes its default.',
  type: 'object',
  properties: {
    ...time,
    ...Object.fromEntries(
      ignoredScheduleFields.map((field) => [
        field,
        { description: 'Ignored. It is accepted so that the answer of GET can be sent back.' },
      ]),
    ),
  },
  required: [],
  additionalProperties: false,
}

const stateMeanings = namesOf(scheduleStates).map(
  (state) => `"${scheduleStateWords.wordFor(state)}": ${scheduleStates[state]}`,
)

const properties = {
  ...time,
  scheduleId: { type: 'string', description: 'The id of the schedule in Temporal.' },
  state: {
    type: 'string',
    enum: scheduleStateWords.words,
    description: `Whether scheduled runs start. ${stateMeanings.join(' ')}`,
  },
  nextRunTimes: {
    type: 'array',
    items: { type: 'string', format: 'date-time' },
    description: 'The times of the next three runs. Empty while the export is disabled or paused.',
  },
  error: {
    type: ['string', 'null'],
    description: 'Why the schedule is still pending. Null if it is not, or if the cause is unknown.',
  },
}

export const scheduleSchema = {
  description:
    'The schedule of the exports: when in the day they are due, its state, and the times of the next three runs.',
  type: 'object',
  properties,
  required: Object.keys(properties),
}
