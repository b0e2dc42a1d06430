import type { Compression, Delimiter, Quoting } from '../../../../gql/graphql'

export interface FileFormatValue {
  readonly compression: Compression
  /** Null if files are not split. */
  readonly maxPartMegabytes: number | null
  readonly delimiter: Delimiter
  readonly quoting: Quoting
  readonly escapeFormulas: boolean
  readonly changeType: boolean
}

export const defaultFormat: FileFormatValue = {
  compression: 'NONE',
  maxPartMegabytes: null,
  delimiter: 'COMMA',
  quoting: 'MINIMAL',
  escapeFormulas: false,
  changeType: false,
}

const compressions: Readonly<Record<Compression, string>> = { NONE: 'no compression', GZIP: 'gzip', ZSTD: 'Zstandard' }
const delimiters: Readonly<Record<Delimiter, string>> = {
  COMMA: 'commas',
  SEMICOLON: 'semicolons',
  TAB: 'tabs',
  PIPE: 'vertical bars',
}
const quotings: Readonly<Record<Quoting, string>> = { MINIMAL: 'quotes where needed', ALL: 'all values in quotes' }

/** Each field of a format in words. */
function fieldsOf(format: FileFormatValue): Readonly<Record<keyof FileFormatValue, string>> {
  return {
    compression: compressions[format.compression],
    maxPartMegabytes:
      format.maxPartMegabytes === null ? 'one file' : `file parts of at most ${format.maxPartMegabytes} MB`,
    delimiter: delimiters[format.delimiter],
    quoting: quotings[format.quoting],
    escapeFormulas: format.escapeFormulas ? 'formulas escaped' : 'formulas unchanged',
    changeType: format.changeType ? 'with the column change_type' : 'without the column change_type',
  }
}

export function formatSummary(format: FileFormatValue): string {
  const { compression, delimiter, quoting, maxPartMegabytes } = fieldsOf(format)
  const formulas = format.escapeFormulas ? ', formulas escaped' : ''
  const changes = format.changeType ? ', with the column change_type' : ''
  return `CSV with ${delimiter}, ${quoting}, ${compression}, ${maxPartMegabytes}${formulas}${changes}`
}

export function formatChanges(before: FileFormatValue, after: FileFormatValue): readonly string[] {
  const [old, now] = [fieldsOf(before), fieldsOf(after)]
  return (Object.keys(old) as (keyof FileFormatValue)[])
    .filter((field) => old[field] !== now[field])
    .map((field) => `${capitalized(old[field])} → ${now[field]}`)
}

/** Takes each field that I have changed, and theirs of the others. */
export function mergeFormats(change: {
  readonly base: FileFormatValue
  readonly mine: FileFormatValue
  readonly theirs: FileFormatValue
}): FileFormatValue {
  const { base, mine, theirs } = change
  const pick = <Field extends keyof FileFormatValue>(field: Field): FileFormatValue[Field] =>
    mine[field] === base[field] ? theirs[field] : mine[field]
  return {
    compression: pick('compression'),
    maxPartMegabytes: pick('maxPartMegabytes'),
    delimiter: pick('delimiter'),
    quoting: pick('quoting'),
    escapeFormulas: pick('escapeFormulas'),
    changeType: pick('changeType'),
  }
}

const separators: Readonly<Record<Delimiter, string>> = { COMMA: ',', SEMICOLON: ';', TAB: '\t', PIPE: '|' }

/** Invented rows, which show what the choices mean. */
const sample: readonly (readonly (string | null)[])[] = [
  ['id', 'title', 'note', 'rating'],
  ['1001', 'Welcome, all', '', '4.5'],
  ['1002', '=SUM(A1:A9)', null, '-3'],
]

/** The sample in the format, as Tidemark writes it: NULL is an empty field, and the empty string has quotes. */
export function sampleLines({ delimiter, quoting, escapeFormulas }: FileFormatValue): readonly string[] {
  const separator = separators[delimiter]
  return sample.map((row, index) =>
    row
      .map((value) => {
        if (value === null) return ''
        const text = escapeFormulas && index > 0 && /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
        const needsQuotes = text === '' || text.includes(separator) || /["\r\n]/.test(text)
        return quoting === 'ALL' || needsQuotes ? `"${text.replaceAll('"', '""')}"` : text
      })
      .join(separator),
  )
}

/** The names of the files of an entity in the format. */
export function sampleNames({ compression, maxPartMegabytes }: FileFormatValue): string {
  const ending = { NONE: '', GZIP: '.gz', ZSTD: '.zst' }[compression]
  return maxPartMegabytes === null ? `content.csv${ending}` : `content.0001.csv${ending}, content.0002.csv${ending}, …`
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
