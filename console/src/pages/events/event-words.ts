import { formatDay } from '../../format/dates'
import { counted } from '../../format/numbers'
import type { ExportEventType, TenantEventFragment } from '../../gql/graphql'
import type { Tone } from '../../ui/tone'

/** The words for what happened. */
interface EventWords {
  /** The name of the type in the filter. */
  readonly name: string
  readonly tone: Tone
}

export const eventTypes: Readonly<Record<ExportEventType, EventWords>> = {
  EXPORT_FILES_DELIVERED: { name: 'Files delivered', tone: 'good' },
  EXPORT_FULL_LOAD_DELIVERED: { name: 'Full load delivered', tone: 'good' },
  EXPORT_FAILED: { name: 'Export failed', tone: 'bad' },
  EXPORT_OVERDUE: { name: 'Files overdue', tone: 'bad' },
  EXPORT_RECOVERED: { name: 'Export recovered', tone: 'good' },
  EXPORT_FILES_REDELIVERED: { name: 'Files redelivered', tone: 'good' },
  EXPORT_COLUMNS_CHANGED: { name: 'Columns changed', tone: 'warn' },
  EXPORT_FILES_EXPIRING: { name: 'Files expire soon', tone: 'warn' },
  REGISTRATION_CHANGED: { name: 'Settings changed', tone: 'neutral' },
  SFTP_KEY_ADDED: { name: 'SFTP key added', tone: 'neutral' },
  SFTP_KEY_REMOVED: { name: 'SFTP key removed', tone: 'neutral' },
  TEST: { name: 'Test', tone: 'neutral' },
}

export const eventTypeNames = Object.keys(eventTypes) as ExportEventType[]

export function isEventType(value: unknown): value is ExportEventType {
  return typeof value === 'string' && Object.hasOwn(eventTypes, value)
}

/** The words for a type. A later version of the API may send types that this page does not know. */
export function wordsOf(type: string): EventWords {
  if (isEventType(type)) return eventTypes[type]
  return { name: type.toLowerCase().replaceAll('_', ' '), tone: 'neutral' }
}

type Event = Pick<TenantEventFragment, 'type' | 'data'>
type Details = Readonly<Record<string, unknown>>

/** What happened, in a sentence. Undefined if the name of the type says all. */
export function summaryOf({ type, data }: Event): string | undefined {
  const details: Details = data
  const entities = namesIn(details['entities'])
  switch (type) {
    case 'EXPORT_FILES_DELIVERED':
    case 'EXPORT_FILES_REDELIVERED':
      return filesWords(details['totals'], entities)
    case 'EXPORT_FULL_LOAD_DELIVERED':
    case 'EXPORT_OVERDUE':
    case 'EXPORT_COLUMNS_CHANGED':
      return listed(entities)
    case 'EXPORT_FAILED':
      return [textIn(details, 'message'), listed(entities)].filter((part) => part !== undefined).join(' ')
    case 'EXPORT_FILES_EXPIRING':
      return expiryWords(details)
    case 'REGISTRATION_CHANGED':
      return changeWords(details)
    case 'SFTP_KEY_ADDED':
    case 'SFTP_KEY_REMOVED':
      return textIn(details, 'label')
    default:
      return undefined
  }
}

/** The run that an event is about. */
export function runOf({ data }: Pick<Event, 'data'>): string | undefined {
  return textIn(data, 'runId')
}

function filesWords(totals: unknown, entities: readonly string[]): string | undefined {
  if (!isObject(totals)) return listed(entities)
  const [files, rows] = [totals['files'], totals['rows']]
  if (typeof files !== 'number' || typeof rows !== 'number') return listed(entities)
  return `${counted(files, 'file')} with ${counted(rows, 'row')}: ${entities.join(', ')}.`
}

function expiryWords(details: Details): string | undefined {
  const [day, removedOn] = [textIn(details, 'day'), textIn(details, 'removedOn')]
  if (day === undefined || removedOn === undefined) return undefined
  return `The files of ${formatDay(day)} are removed on ${formatDay(removedOn)}.`
}

function changeWords(details: Details): string | undefined {
  const [action, by] = [textIn(details, 'action'), textIn(details, 'by')]
  if (action === undefined) return undefined
  return `${action.charAt(0)}${action.slice(1).toLowerCase()}${by === undefined ? '' : ` by ${by}`}.`
}

function listed(names: readonly string[]): string | undefined {
  return names.length > 0 ? `${names.join(', ')}.` : undefined
}

function namesIn(entities: unknown): string[] {
  if (!Array.isArray(entities)) return []
  return entities.flatMap((each: unknown) =>
    isObject(each) && typeof each['entity'] === 'string' ? [each['entity']] : [],
  )
}

function textIn(details: Details, name: string): string | undefined {
  const value = details[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}

function isObject(value: unknown): value is Details {
  return typeof value === 'object' && value !== null
}
