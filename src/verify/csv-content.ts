import { createHash } from 'node:crypto'
import { finished } from 'node:stream/promises'
import { CsvError, parse } from 'csv-parse'
import { parse as parseAtOnce } from 'csv-parse/sync'
import { delimiterCharacters, type FileFormat } from '../domain/file-format.js'
import { createDecompressor } from './decompress.js'
import { createRowHashes, type RowHashes, type SortedHashes } from './row-hashes.js'

/** How the rows of a file are identified, and how the file was written. */
export interface CsvReaderOptions {
  /** The names of the key's columns. */
  readonly key: readonly string[]
  /** The column that has the tenant's id, and the id that it must have. */
  readonly tenantColumn: string
  readonly tenantId: string
  /** Uncompressed and with commas by default. */
  readonly format?: Pick<FileFormat, 'compression' | 'delimiter'>
}

/** What an independent reader finds in a file. */
export interface FileContent {
  /** Of the file as it is stored, compressed or not, as is the checksum. */
  readonly bytes: number
  readonly sha256: string
  /** Records, without the header. */
  readonly rows: number
  /** The header's fields; undefined if the file is empty. */
  readonly header: readonly string[] | undefined
  readonly isUtf8: boolean
  readonly endsWithLineEnd: boolean
  /** Records with another number of fields than the header. */
  readonly unevenRows: number
  /** Rows with another tenant's id; 0 if the file lacks the column. */
  readonly foreignRows: number
  /** Where and why the reader stopped, without any value. */
  readonly broken: string | undefined
}

/** What the files of a delivery contain together. */
export interface RowsContent {
  /** Rows with the key of an earlier row. */
  readonly repeatedKeys: number
  readonly hashes: SortedHashes
}

/** Reads the files of one delivery. */
export interface CsvReader {
  /** Reads all pieces of one file, whatever they contain. It keeps at most one row in memory. */
  read(pieces: AsyncIterable<Buffer>): Promise<FileContent>
  end(): RowsContent
}

/** A larger row is taken for a quote that was never closed. */
const mostRowBytes = 256 * 1024 * 1024

/** Undefined if this version of Node can't read the compression. */
export function createCsvReader(options: CsvReaderOptions): CsvReader | undefined {
  if (!createDecompressor(options.format?.compression ?? 'NONE')) return undefined
  const hashes = { rows: createRowHashes(), keys: createRowHashes() }
  return {
    read: (pieces) => readFile(pieces, options, hashes),
    end: () => ({ repeatedKeys: hashes.keys.sorted().repeated, hashes: hashes.rows.sorted() }),
  }
}

interface Hashes {
  readonly rows: RowHashes
  readonly keys: RowHashes
}

async function readFile(
  pieces: AsyncIterable<Buffer>,
  options: CsvReaderOptions,
  hashes: Hashes,
): Promise<FileContent> {
  const sha256 = createHash('sha256')
  const utf8 = utf8Check()
  const records = recordCheck(options, hashes)
  const parser = parserInto((record) => records.take(record), delimiterCharacters[options.format?.delimiter ?? 'COMMA'])
  const plain = createDecompressor(options.format?.compression ?? 'NONE')
  let bytes = 0
  let last: number | undefined
  const take = async (text: Buffer | undefined): Promise<void> => {
    if (!text || text.length === 0) return
    utf8.add(text)
    last = text.at(-1)
    await parser.write(text)
  }
  for await (const piece of pieces) {
    sha256.update(piece)
    bytes += piece.length
    await take(await plain?.write(piece))
  }
  const compression = await plain?.end()
  await take(compression?.rest)
  const csv = await parser.end()
  return {
    bytes,
    sha256: sha256.digest('hex'),
    isUtf8: utf8.end(),
    endsWithLineEnd: last === 0x0a,
    broken: compression?.broken ?? csv,
    ...records.end(),
  }
}

interface RecordParser {
  write(piece: Buffer): Promise<void>
  /** Returns why it stopped before the end; undefined if it did not. */
  end(): Promise<string | undefined>
}

function parserInto(take: (record: readonly (string | null)[]) => void, delimiter: string): RecordParser {
  let failure: unknown
  const withNulls = nullReader(delimiter)
  const parser = parse({
    delimiter,
    relax_column_count: true,
    max_record_size: mostRowBytes,
    raw: true,
    on_record: (entry: unknown) => {
      const { record, raw } = entry as { record: string[]; raw: string }
      take(withNulls(record, raw))
      return null
    },
  })
  const ended = finished(parser).catch((error: unknown) => (failure ??= error))
  parser.resume()
  return {
    write: async (piece) => {
      if (failure === undefined) await new Promise<void>((resolve) => parser.write(piece, () => resolve()))
    },
    end: async () => {
      parser.end()
      await ended
      if (failure === undefined) return undefined
      if (!(failure instanceof CsvError)) throw failure
      // The message would quote values.
      return `${failure.code} in line ${parser.info.lines}`
    },
  }
}

/**
 * An empty field is NULL, and the empty string is in quotes, as in COPY. Telling them apart makes the reader ten times slower,
 * so it does so only for records that may have both.
 */
function nullReader(delimiter: string): (record: readonly string[], raw: string) => readonly (string | null)[] {
  const between = delimiter === '|' ? '\\|' : delimiter
  const mayHaveEmptyString = new RegExp(`(?:^|${between})""(?:${between}|[\\r\\n]|$)`)
  return (record, raw) => {
    if (!record.includes('')) return record
    if (!mayHaveEmptyString.test(raw)) return record.map((value) => (value === '' ? null : value))
    const [again = []] = parseAtOnce(raw, {
      delimiter,
      cast: (value, { quoting }) => (value === '' && !quoting ? null : value),
    })
    return again
  }
}

function recordCheck({ key, tenantColumn, tenantId }: CsvReaderOptions, hashes: Hashes) {
  let header: readonly string[] | undefined
  let keyAt: number[] = []
  let tenantAt = -1
  let rows = 0
  let unevenRows = 0
  let foreignRows = 0
  const readHeader = (record: readonly (string | null)[]): void => {
    header = record.map((name) => name ?? '')
    keyAt = key.map((name) => record.indexOf(name)).filter((at) => at >= 0)
    tenantAt = record.indexOf(tenantColumn)
  }
  return {
    take(record: readonly (string | null)[]): void {
      if (!header) return readHeader(record)
      rows += 1
      if (record.length !== header.length) unevenRows += 1
      if (tenantAt >= 0 && record[tenantAt] !== tenantId) foreignRows += 1
      // A key that lacks columns can't be compared.
      if (keyAt.length === key.length) hashes.keys.add(keyAt.map((at) => record[at] ?? null))
      hashes.rows.add(record)
    },
    end: () => ({
      header,
      rows,
      unevenRows,
      foreignRows,
    }),
  }
}

function utf8Check(): { add(piece: Buffer): void; end(): boolean } {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  let valid = true
  const decode = (piece?: Buffer): void => {
    try {
      if (valid) decoder.decode(piece, { stream: piece !== undefined })
    } catch {
      valid = false
    }
  }
  return {
    add: decode,
    end: () => {
      decode()
      return valid
    },
  }
}
