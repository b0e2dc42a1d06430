/** How a tenant's files are written. */

/** NONE: `.csv`; GZIP: `.csv.gz`, at gzip's fastest level; ZSTD: `.csv.zst`. */
export const compressions = ['NONE', 'GZIP', 'ZSTD'] as const
export type Compression = (typeof compressions)[number]

export const delimiters = ['COMMA', 'SEMICOLON', 'TAB', 'PIPE'] as const
export type Delimiter = (typeof delimiters)[number]

/** MINIMAL: values are in quotes where they must be; ALL: all are, but NULL, which stays an empty field. */
export const quotings = ['MINIMAL', 'ALL'] as const
export type Quoting = (typeof quotings)[number]

export interface FileFormat {
  readonly compression: Compression
  /** The most that one part has, in megabytes of 1,000,000 bytes as it lies on the server; null: files are not split. */
  readonly maxPartMegabytes: number | null
  readonly delimiter: Delimiter
  readonly quoting: Quoting
  /**
   * Whether values that a spreadsheet would take for a formula (beginning with `=`, `+`, `-`, `@`, a tab or a carriage
   * return) get a `'` in front, and so do values that have one or more `'` there already. It changes values: what loads the files
   * takes off the first `'` of each value that matches `^'+[=+\-@\t\r]`.
   */
  readonly escapeFormulas: boolean
}

export const defaultFileFormat: FileFormat = {
  compression: 'NONE',
  maxPartMegabytes: null,
  delimiter: 'COMMA',
  quoting: 'MINIMAL',
  escapeFormulas: false,
}

export function isSameFormat(one: FileFormat, other: FileFormat): boolean {
  return (Object.keys(defaultFileFormat) as (keyof FileFormat)[]).every((part) => one[part] === other[part])
}

export const bytesPerMegabyte = 1_000_000

/** The bounds of `maxPartMegabytes`. */
export const partMegabytes = { min: 1, max: 100_000 } as const

export const delimiterCharacters: Readonly<Record<Delimiter, string>> = {
  COMMA: ',',
  SEMICOLON: ';',
  TAB: '\t',
  PIPE: '|',
}

const extensions: Readonly<Record<Compression, string>> = { NONE: '.csv', GZIP: '.csv.gz', ZSTD: '.csv.zst' }

/** `.csv`, `.csv.gz` or `.csv.zst`. */
export function fileExtension({ compression }: Pick<FileFormat, 'compression'>): string {
  return extensions[compression]
}
