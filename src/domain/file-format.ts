/**
 * How a tenant's files are written. {@link fileFormatFields} is the one definition: GraphQL, REST, OpenAPI, the defaults and
 * the validation derive from it.
 */
import { type Described, namesOf } from './described.js'

/** A field of the file format with one of several values. */
export interface ChoiceField {
  readonly kind: 'choice'
  /** The name of its enum in GraphQL. */
  readonly type: string
  readonly description: string
  readonly values: Described
  readonly default: string
}

/** A field with a whole number, or null if it sets no limit. Null is its default. */
export interface IntegerField {
  readonly kind: 'integer'
  readonly description: string
  readonly min: number
  readonly max: number
  /** What null means, in a few words. */
  readonly none: string
  readonly default: null
}

export interface BooleanField {
  readonly kind: 'boolean'
  readonly description: string
  readonly default: boolean
}

export type FormatField = ChoiceField | IntegerField | BooleanField

export const fileFormatFields = {
  compression: {
    kind: 'choice',
    type: 'Compression',
    description: 'The compression of the files.',
    values: {
      NONE: 'The files are not compressed: `<entity>.csv`.',
      GZIP: 'The files are compressed with gzip at its fastest level: `<entity>.csv.gz`.',
      ZSTD: 'The files are compressed with Zstandard: `<entity>.csv.zst`. The server needs Node 22.15 or later.',
    },
    default: 'NONE',
  },
  maxPartMegabytes: {
    kind: 'integer',
    description:
      'The maximum size of one file on the server, in megabytes of 1,000,000 bytes, from 1 to 100000. A larger file is ' +
      'split between rows into the file parts `<entity>.0001.csv`, `<entity>.0002.csv` and so on. Each file part has the ' +
      'header row. A single row that exceeds the maximum gets its own file part. Null means that files are not split.',
    min: 1,
    max: 100_000,
    none: 'files that are not split',
    default: null,
  },
  delimiter: {
    kind: 'choice',
    type: 'Delimiter',
    description: 'The character between two values.',
    values: { COMMA: 'A comma: `,`.', SEMICOLON: 'A semicolon: `;`.', TAB: 'A tab.', PIPE: 'A vertical bar: `|`.' },
    default: 'COMMA',
  },
  quoting: {
    kind: 'choice',
    type: 'Quoting',
    description: 'Which values are in double quotes.',
    values: {
      MINIMAL: 'Only values that need quotes, and the empty string, which quotes distinguish from NULL.',
      ALL: 'All values, including those of the header. NULL stays an empty field without quotes.',
    },
    default: 'MINIMAL',
  },
  escapeFormulas: {
    kind: 'boolean',
    description:
      "Whether values that a spreadsheet would read as a formula get a leading `'`. Values that already have one get one " +
      "more. This changes values: the program that loads the files must remove the first `'` of each value that matches " +
      "`^'+[=+\\-@\\t\\r＝＋－＠]`.",
    default: false,
  },
  changeType: {
    kind: 'boolean',
    description:
      'Whether files have the last column `change_type`: `I` for a row that was inserted in the window, `U` for one that was ' +
      'inserted before, `D` for one that is marked as deleted. In a full load, each row is `I` or `D`. The catalog must say ' +
      'where the source records inserts.',
    default: false,
  },
} as const satisfies Readonly<Record<string, FormatField>>

export type FileFormatField = keyof typeof fileFormatFields

type ValueOf<Field> = Field extends { kind: 'choice'; values: infer Values }
  ? keyof Values
  : Field extends { kind: 'integer' }
    ? number | null
    : boolean

export type FileFormat = { readonly [Name in FileFormatField]: ValueOf<(typeof fileFormatFields)[Name]> }

export type Compression = FileFormat['compression']

/** A {@link FileFormat} in which each field that is absent or null takes its default. */
export type FileFormatInput = { readonly [Name in FileFormatField]?: FileFormat[Name] | null | undefined }

export const fileFormatFieldNames = namesOf(fileFormatFields)

/** The fields with their names, for code that treats all fields of a kind alike. */
export const fileFormatEntries = Object.entries(fileFormatFields) as readonly [FileFormatField, FormatField][]

export const defaultFileFormat = Object.fromEntries(
  fileFormatEntries.map(([name, field]) => [name, field.default]),
) as FileFormat

export function isSameFormat(one: FileFormat, other: FileFormat): boolean {
  return fileFormatFieldNames.every((name) => one[name] === other[name])
}

export const bytesPerMegabyte = 1_000_000

export const delimiterCharacters: Readonly<Record<FileFormat['delimiter'], string>> = {
  COMMA: ',',
  SEMICOLON: ';',
  TAB: '\t',
  PIPE: '|',
}
