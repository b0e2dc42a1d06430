import { createHash } from 'node:crypto'
import { finished } from 'node:stream/promises'
import { CsvError, parse } from 'csv-parse'
import { parse as parseAtOnce } from 'csv-parse/sync'
import { delimiterCharacters, type FileFormat } from '../domain/file-format.js'
import { createDecompressor } from './decompress.js'
import { createRowHashes, type RowHashes, type SortedHashes } from './row-hashes.js'

/** What a file must be like for its rows to be told apart. */
export interface CsvForm {
  /** The names of the key's columns. */
  readonly key: readonly string[]
  /** The column that says whose a row is, and whose it must be. */
  readonly tenantColumn: string
  readonly tenantId: string
  /** How it was written; uncompressed, with commas, where it is not given. */
  readonly format?: Pick<FileFormat, 'compression' | 'delimiter'>
}

/** A file as a reader finds it that knows nothing of how it was written. */
export interface FileContent {
  /** Of the file as it lies there, compressed or not; so is the checksum. */
  readonly bytes: number
  readonly sha256: string
  /** Records but for the header. */
  readonly rows: number
  /** The header's fields; undefined where there is not even a header. */
  readonly header: readonly string[] | undefined
  readonly isUtf8: boolean
  readonly endsWithLineEnd: boolean
  /** Records that have not as many fields as the header. */
  readonly unevenRows: number
  /** Rows with another tenant's id; 0 where the file has no such column. */
  readonly foreignRows: number
  /** Where and why the reader gave up, without any value. */
  readonly broken: string | undefined
}

/** What all files of a delivery hold together. */
export interface RowsContent {
  /** Rows whose key a row before them has. */
  readonly repeatedKeys: number
  readonly hashes: SortedHashes
}

/** Reads the files of one delivery. */
export interface CsvReader {
  /** Reads all pieces of one file, whatever they hold; holds no more of them than a row at a time. */
  read(pieces: AsyncIterable<Buffer>): Promise<FileContent>
  end(): RowsContent
}

/** More than that is no row, but a quote that was never closed. */
const mostRowBytes = 256 * 1024 * 1024

/** Undefined where this Node can't read the compression. */
export function createCsvReader(form: CsvForm): CsvReader | undefined {
  if (!createDecompressor(form.format?.compression ?? 'NONE')) return undefined
  const hashes = { rows: createRowHashes(), keys: createRowHashes() }
  return {
    read: (pieces) => readFile(pieces, form, hashes),
    end: () => ({ repeatedKeys: hashes.keys.sorted().repeated, hashes: hashes.rows.sorted() }),
  }
}

interface Hashes {
  readonly rows: RowHashes
  readonly keys: RowHashes
}

async function readFile(pieces: AsyncIterable<Buffer>, form: CsvForm, hashes: Hashes): Promise<FileContent> {
  const sha256 = createHash('sha256')
  const utf8 = utf8Check()
  const records = recordCheck(form, hashes)
  const parser = parserInto((record) => records.take(record), delimiterCharacters[form.format?.delimiter ?? 'COMMA'])
  const plain = createDecompressor(form.format?.compression ?? 'NONE')
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
  /** Gives why it could not go on to the end, if so. */
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
      // The message quotes what it did not expect.
      return `${failure.code} in line ${parser.info.lines}`
    },
  }
}

/**
 * An empty field is NULL, and the empty string is in quotes: so COPY has it, too. The reader tells the two apart for a
 * tenth of its speed; so it is asked only where there may be both.
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

function recordCheck({ key, tenantColumn, tenantId }: CsvForm, hashes: Hashes) {
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
      // Without the whole key, nothing can be said of it.
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
