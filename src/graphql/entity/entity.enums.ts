import type { ColumnType, EntityKind } from '../../domain/entity.js'
import { enumOf } from '../enum.js'

export const ExportEntityKind = enumOf<EntityKind>('ExportEntityKind', 'What a row of an entity is.', {
  snapshot: 'A row is the present state of a thing; it changes in place.',
  event: 'A row is something that happened; it seldom changes.',
})

export const ExportColumnType = enumOf<ColumnType>(
  'ExportColumnType',
  "How a column's values are written in the CSV file.",
  {
    string: 'Text; also types without a form of their own, such as arrays and intervals, as Postgres prints them.',
    integer: 'A whole number.',
    number: 'A decimal number, exactly as the source has it.',
    boolean: '`true` or `false`.',
    datetime: 'ISO 8601 in UTC, e.g. `2026-11-23T09:30:00.123456Z`.',
    timestamp: 'A date and a time without a zone, e.g. `2026-11-23T09:30:00.123456`.',
    date: 'A calendar day, e.g. `2026-11-23`.',
    time: 'A time of day, e.g. `09:30:00.123456`.',
    json: 'JSON as text, as Postgres prints it: `jsonb` has a blank after each colon and comma, `json` is as it was stored.',
  },
)
