/** The types of the events that are kept for a tenant. */
export const eventTypes = {
  'export.files.delivered':
    'A run has published files. There is one event for each such run, also if a part of the run failed.',
  'export.full_load.delivered': 'A run has published full loads. It comes directly after the event of the run’s files.',
  'export.failed': 'A run has ended, and some or all of its entities have no file.',
  'export.overdue': 'A boundary is past by more than the grace, and the files of the period are not there.',
  'export.recovered': 'A run has exported every active entity, for the first time after a failure or a delay.',
  'export.files.redelivered': 'A redelivery has published past windows again.',
  'export.columns.changed': 'The columns of files change, or have changed.',
  'export.files.expiring': 'The files of a day will be removed soon, because their retention time ends.',
  'registration.changed': 'The registration was replaced, disabled, paused, resumed or removed.',
  'sftp_key.added': 'An SFTP key was added.',
  'sftp_key.removed': 'An SFTP key was removed.',
  test: 'A test event was requested. It has no other meaning.',
} as const
export type EventType = keyof typeof eventTypes

export type EventData = Readonly<Record<string, unknown>>

/** An event before it is kept. Its data never has a row's values, a secret, or a message for operators. */
export interface NewEvent {
  readonly type: EventType
  readonly data: EventData
  /** An event with a key that the tenant has already is not kept again. */
  readonly key?: string
}

/** Something that happened for a tenant. */
export interface TenantEvent {
  /** A UUID. */
  readonly id: string
  readonly tenantId: string
  /** Counts the tenant's events without gaps, from 1, in the order of the commits. */
  readonly number: number
  readonly type: EventType
  readonly at: Date
  readonly data: EventData
}

/** The version of the form of {@link eventBody}. */
export const eventVersion = 1

/** An event as its receivers read it. */
export interface OutsideEvent {
  readonly id: string
  readonly type: EventType
  readonly version: typeof eventVersion
  /** ISO 8601. */
  readonly timestamp: string
  readonly number: number
  readonly tenantId: string
  readonly data: EventData
}

export function outsideEvent({ id, type, at, number, tenantId, data }: TenantEvent): OutsideEvent {
  return { id, type, version: eventVersion, timestamp: at.toISOString(), number, tenantId, data }
}

/** The exact JSON text of an event. It is the same each time, so that a signature of it stays valid. */
export function eventBody(event: TenantEvent): string {
  return JSON.stringify(outsideEvent(event))
}

export function isEventType(text: string): text is EventType {
  return Object.hasOwn(eventTypes, text)
}
