import { exportFrequencies } from '../calendar.js'
import { namesOf } from '../described.js'
import { exportErrors } from '../errors.js'
import { type EventType, eventTypes, eventVersion } from '../event.js'
import { exportOptions } from '../registration.js'
import { runTriggers } from '../run.js'
import { fullLoadReasons, loadModes } from '../window.js'
import { registrationActions } from './tenant-events.js'

/** A JSON Schema, as far as the schemas of events need it. */
export interface JsonSchema {
  readonly type?: string | readonly string[]
  readonly description?: string
  readonly format?: string
  readonly [keyword: string]: unknown
}

type Fields = Readonly<Record<string, JsonSchema>>

const object = (properties: Fields, description?: string): JsonSchema => ({
  type: 'object',
  ...(description !== undefined && { description }),
  properties,
  required: Object.keys(properties),
})
const list = (items: JsonSchema, description: string): JsonSchema => ({ type: 'array', items, description })
const text = (description: string): JsonSchema => ({ type: 'string', description })
const whole = (description: string): JsonSchema => ({ type: 'integer', description })
const flag = (description: string): JsonSchema => ({ type: 'boolean', description })
const time = (description: string): JsonSchema => ({ type: 'string', format: 'date-time', description })
const date = (description: string): JsonSchema => ({ type: 'string', format: 'date', description })
const oneOf = (values: object, description: string): JsonSchema => ({
  type: 'string',
  enum: namesOf(values as Readonly<Record<string, unknown>>),
  description,
})
const orNull = ({ type, enum: values, ...schema }: JsonSchema): JsonSchema => ({
  type: [type as string, 'null'],
  ...(values !== undefined && { enum: [...(values as readonly string[]), null] }),
  ...schema,
})

const entity = text('The internal name of the entity.')
const runId = text('The id of the run.')
const trigger = oneOf(runTriggers, 'What started the run.')
const by = text('The subject of the caller’s token; `operator` if an operator of the platform acted.')
const manifest = orNull(
  text('The path of the manifest of the day. Null if it is not written yet; the next run of the tenant writes it.'),
)

const ofRun = {
  runId,
  trigger,
  day: orNull(date('The date in the paths of the run’s files. Null for runs of earlier releases.')),
  manifest,
}

const file = object({
  entity,
  mode: oneOf(loadModes, 'Whether the file has everything, or what changed in the window.'),
  fullLoadReason: orNull(oneOf(fullLoadReasons, 'Why the file is a full load. Null for a delta.')),
  from: orNull(time('The start of the window. Null for a full load.')),
  to: time('The end of the window.'),
  day: date('The date in the paths.'),
  sequence: whole('The place in the chain of the entity’s windows.'),
  revision: whole('Counts the files of the entity and day. A later one replaces the earlier one.'),
  schemaVersion: whole('Goes up by one when the columns differ from those of the file before.'),
  rows: whole('The number of rows, without the header.'),
  bytes: whole('The size on the server.'),
  paths: list(text('A path on the SFTP server.'), 'The file, or the file parts of a split file in order.'),
  sha256: text('The checksum in hexadecimal. Of a split file, that of the checksums of its file parts.'),
  empty: flag('Whether the file has only its header.'),
})

const files = object({
  ...ofRun,
  completedAfterEnd: flag(
    'Whether Tidemark found the files complete after the run had ended. The run’s own event lacks them.',
  ),
  entities: list(file, 'The published files.'),
  totals: object(
    {
      files: whole('The number of files.'),
      rows: whole('The number of rows in them.'),
      bytes: whole('Their size on the server.'),
    },
    'Sums over the published files.',
  ),
})

const error = {
  code: orNull(oneOf(exportErrors, 'Why it failed. Null if the entities failed for different reasons.')),
  message: orNull(text('The same in a sentence, with what happens next.')),
}

/** The schema of `data` by type. */
export const eventDataSchemas: Readonly<Record<EventType, JsonSchema>> = {
  'export.files.delivered': files,
  'export.full_load.delivered': object({
    ...ofRun,
    entities: list(
      object({
        entity,
        reason: oneOf(fullLoadReasons, 'Why the file is a full load.'),
        sequence: whole('The place in the chain of the entity’s windows.'),
        revision: whole('Counts the files of the entity and day.'),
        rows: whole('The number of rows, without the header.'),
        bytes: whole('The size on the server.'),
      }),
      'The full loads. Replace what you have of these entities.',
    ),
  }),
  'export.failed': object({
    runId,
    trigger,
    status: { type: 'string', enum: ['FAILED', 'PARTIALLY_FAILED'], description: 'How the run ended.' },
    to: time('The end of the run’s windows.'),
    ...error,
    entities: list(
      object({
        entity,
        ...error,
        from: orNull(time('The start of the window. Null for a full load.')),
        to: time('The end of the window.'),
      }),
      'The entities without a file. Empty if the run failed before it was planned, or only its manifest failed.',
    ),
  }),
  'export.overdue': object({
    dueAt: time('The boundary.'),
    expectedBy: time('The boundary plus the grace.'),
    entities: list(
      object({ entity, coveredUntil: orNull(time('The end of the last published window. Null without a file.')) }),
      'The entities without a file up to the boundary.',
    ),
  }),
  'export.recovered': object({
    runId,
    trigger,
    to: time('The end of the run’s windows. Its files cover everything since the last ones.'),
    since: time('The time of the first failure or delay.'),
  }),
  'export.files.redelivered': files,
  'export.columns.changed': object({
    cause: {
      type: 'string',
      enum: ['REGISTRATION', 'CATALOG'],
      description: 'Whether the tenant’s registration was changed, or the catalog of the platform.',
    },
    effective: {
      type: 'string',
      enum: ['NEXT_FILE'],
      description: 'The next file of each entity has the new columns.',
    },
    entities: list(
      object({
        entity,
        before: list(text('The name of a column.'), 'The columns of the last files, in their order.'),
        after: list(text('The name of a column.'), 'The columns of the next file, in their order.'),
        added: list(text('The name of a column.'), 'The columns that only the next file has.'),
        removed: list(text('The name of a column.'), 'The columns that only the last files have.'),
      }),
      'The entities whose columns change. If nothing was added or removed, columns were moved or retyped.',
    ),
  }),
  'export.files.expiring': object({
    day: date('The date in the paths.'),
    removedOn: date('The first date on which the nightly removal takes the files away.'),
    retentionDays: whole('For how many days files are kept.'),
    manifest: text('The path of the manifest of the day, which names the files.'),
  }),
  'registration.changed': object({
    action: oneOf(registrationActions, 'What became of the registration.'),
    version: whole('The version of the registration. A pause does not raise it.'),
    exportOption: oneOf(exportOptions, 'What the registration exports.'),
    frequency: oneOf(exportFrequencies, 'How often.'),
    schedule: object(
      {
        timeZone: text('The IANA time zone.'),
        hour: whole('The hour, from 0 to 23.'),
        minute: whole('The minute, from 0 to 59.'),
      },
      'When in the day runs are due.',
    ),
    activeEntities: list(text('An internal name.'), 'The entities that are exported from now on.'),
    activated: list(text('An internal name.'), 'The entities that were not exported before.'),
    deactivated: list(text('An internal name.'), 'The entities that are no longer exported.'),
    by,
  }),
  'sftp_key.added': keyData(),
  'sftp_key.removed': keyData(),
  test: object({
    message: text('A fixed sentence.'),
    by,
    webhookId: orNull(text('The webhook that is tested. Only it receives the event. Null if all webhooks receive it.')),
  }),
}

function keyData(): JsonSchema {
  return object({
    fingerprint: text('The fingerprint, `SHA256:…`.'),
    label: text('The label from the call that added the key.'),
    keyType: text('The type of the key, such as `ssh-ed25519`.'),
    by,
  })
}

/** The schema of one event with its envelope, by type. */
export function eventSchema(type: EventType): JsonSchema {
  return object({
    id: { type: 'string', format: 'uuid', description: 'The id of the event. A repetition has the same id.' },
    type: { type: 'string', enum: [type], description: eventTypes[type] },
    version: { type: 'integer', enum: [eventVersion], description: 'The version of this form.' },
    timestamp: time('When the event was recorded.'),
    number: whole('Counts the events of the tenant without gaps, from 1.'),
    tenantId: text('The id of the tenant.'),
    data: eventDataSchemas[type],
  })
}

/** All events as one JSON Schema: a definition for each type. */
export function eventsSchema(): JsonSchema {
  const types = namesOf(eventTypes)
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Tidemark event',
    description: 'An event of a tenant, as webhooks, REST and the API deliver it. Fields are only added.',
    oneOf: types.map((type) => ({ $ref: `#/$defs/${type}` })),
    $defs: Object.fromEntries(types.map((type) => [type, { title: type, ...eventSchema(type) }])),
  }
}
