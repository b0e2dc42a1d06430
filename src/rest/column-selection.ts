import type { ColumnSelectionInput, EntityColumnsInput } from '../services/registrations/column-selection-input.js'
import {
  type ColumnSelectionView,
  type Notice,
  type NoticeCode,
  noticeCodes,
} from '../services/registrations/column-selection-view.js'
import { bodyError, type Parsed } from './body-error.js'
import { vocabulary } from './words.js'

const noticeWords = vocabulary(noticeCodes)

/** The selection in the form that `POST /export` accepts. */
export function columnSelectionBody({ columns, excludeTags }: ColumnSelectionView) {
  return {
    columns: columns.map(({ entity, include, exclude }) => ({
      entity: entity.displayName,
      ...(include ? { include } : { exclude }),
    })),
    excludeTags,
  }
}

export function noticesBody(notices: readonly Notice[]) {
  return notices.map(({ code, message, entities }) => ({
    code: noticeWords.wordFor(code),
    message,
    entityList: entities.map(({ displayName }) => displayName),
  }))
}

/** Checks only the form. The use case checks the names. */
export function parseColumns(value: unknown): Parsed<NonNullable<ColumnSelectionInput['columns']>> {
  if (value === undefined || value === null) return {}
  if (Array.isArray(value) && value.every(isEntityColumns)) return { value }
  const detail =
    'columns must be a list of objects, each with the name of an entity and one list of columns, such as ' +
    '[{"entity": "user", "exclude": ["email"]}].'
  return { error: bodyError('INVALID_COLUMNS', 'columns', detail) }
}

export function parseExcludeTags(value: unknown): Parsed<NonNullable<ColumnSelectionInput['excludeTags']>> {
  if (value === undefined || value === null) return {}
  if (isNames(value)) return { value }
  return { error: bodyError('INVALID_COLUMNS', 'excludeTags', 'excludeTags must be a list of tags, such as ["pii"].') }
}

function isEntityColumns(value: unknown): value is EntityColumnsInput {
  if (typeof value !== 'object' || value === null) return false
  const { entity, include, exclude, ...others } = value as Record<string, unknown>
  const lists = [include, exclude].filter((list) => list !== undefined && list !== null)
  return typeof entity === 'string' && lists.every(isNames) && Object.keys(others).length === 0
}

function isNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

const strings = { type: 'array', items: { type: 'string' } }

/** The OpenAPI schemas of `columns`, `excludeTags` and `notices`. */
export const columnsSchema = {
  description:
    'Which columns are delivered. An entity that is not listed has all its columns. The columns of the key, `is_deleted` and ' +
    'the time of the last change are always delivered.',
  type: 'array',
  items: {
    type: 'object',
    description: 'Exactly one of `include` and `exclude` is required.',
    properties: {
      entity: { type: 'string', description: 'A display name, an internal name or a GraphQL enum value.' },
      include: { ...strings, description: 'Only these columns are delivered.' },
      exclude: {
        ...strings,
        description: 'All columns except these are delivered, also columns that are added to the catalog later.',
      },
    },
    required: ['entity'],
    additionalProperties: false,
  },
  default: [],
}

export const excludeTagsSchema = {
  ...strings,
  description:
    'Columns of all entities that have one of these tags are left out, also columns that are added to the catalog later. ' +
    '`["pii"]` leaves out personal data.',
  default: [],
}

const meanings = (Object.entries(noticeCodes) as [NoticeCode, string][]).map(
  ([code, meaning]) => `"${noticeWords.wordFor(code)}": ${meaning}`,
)

export const noticesSchema = {
  description: 'Consequences of the call that its caller may not expect. They are no errors.',
  type: 'array',
  items: {
    type: 'object',
    properties: {
      code: { type: 'string', enum: noticeWords.words, description: `What the notice is about. ${meanings.join(' ')}` },
      message: { type: 'string', description: 'What happens, and what to do.' },
      entityList: { ...strings, description: 'The display names of the entities.' },
    },
    required: ['code', 'message', 'entityList'],
  },
}
