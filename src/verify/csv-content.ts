import { createHash } from 'node:crypto'
import { finished } from 'node:stream/promises'
import { CsvError, parse } from 'csv-parse'
import { parse as parseAtOnce } from 'csv-parse/sync'
import { createRowHashes, type RowHashes, type SortedHashes } from './row-hashes.js'

/** What a file must be like for its rows to be told apart. */
export interface CsvForm {
  /** The names of the key's columns. */
  readonly key: readonly string[]
  /** The column that says whose a row is, and whose it must be. */
  readonly tenantColumn: string
  readonly tenantId: string
}

/** A file as a reader finds it that knows nothing of how it was written. */
export interface CsvContent {
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
  /** Rows whose key a row before them has. */
  readonly repeatedKeys: number
  /** Where and why the reader gave up, without any value. */
  readonly broken: string | undefined
  readonly hashes: SortedHashes
}

/** More than that is no row, but a quote that was never closed. */
const mostRowBytes = 256 * 1024 * 1024

/** Reads all pieces, whatever they hold; holds no more of them than a row at a time. */
export async function readCsv(pieces: AsyncIterable<Buffer>, form: CsvForm): Promise<CsvContent> {
  const sha256 = createHash('sha256')
  const utf8 = utf8Check()
  const records = recordCheck(form)
  const parser = parserInto((record) => records.take(record))
  let bytes = 0
  let last: number | undefined
  for await (const piece of pieces) {
    sha256.update(piece)
    utf8.add(piece)
    bytes += piece.length
    last = piece.at(-1) ?? last
    await parser.write(piece)
  }
  const broken = await parser.end()
  return {
    bytes,
    sha256: sha256.digest('hex'),
    isUtf8: utf8.end(),
    endsWithLineEnd: last === 0x0a,
    broken,
    ...records.end(),
  }
}

interface RecordParser {
  write(piece: Buffer): Promise<void>
  /** Gives why it could not go on to the end, if so. */
  end(): Promise<string | undefined>
}

function parserInto(take: (record: readonly (string | null)[]) => void): RecordParser {
  let failure: unknown
  const parser = parse({
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
function withNulls(record: readonly string[], raw: string): readonly (string | null)[] {
  if (!record.includes('')) return record
  if (!mayHaveEmptyString.test(raw)) return record.map((value) => (value === '' ? null : value))
  const [again = []] = parseAtOnce(raw, { cast: (value, { quoting }) => (value === '' && !quoting ? null : value) })
  return again
}

const mayHaveEmptyString = /(?:^|,)""(?:,|[\r\n]|$)/

function recordCheck({ key, tenantColumn, tenantId }: CsvForm) {
  const rowHashes = createRowHashes()
  const keyHashes: RowHashes = createRowHashes()
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
      if (keyAt.length === key.length) keyHashes.add(keyAt.map((at) => record[at] ?? null))
      rowHashes.add(record)
    },
    end: () => ({
      header,
      rows,
      unevenRows,
      foreignRows,
      repeatedKeys: keyHashes.sorted().repeated,
      hashes: rowHashes.sorted(),
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
