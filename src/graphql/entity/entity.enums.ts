import { columnTypes, entityKinds } from '../../domain/entity.js'
import { enumOf } from '../enum.js'

export const ExportEntityKind = enumOf('ExportEntityKind', 'What a row of an entity represents.', entityKinds)

export const ExportColumnType = enumOf(
  'ExportColumnType',
  'How the values of a column are written in the CSV file.',
  columnTypes,
)
