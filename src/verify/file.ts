import { createHash } from 'node:crypto'
import { type Catalog, findEntity } from '../domain/entity.js'
import { checksumsOf, type Delivery, type FilePart, filesOf } from '../domain/delivery.js'
import type { SftpSession } from '../sftp/sftp.js'
import { createCsvReader, type CsvReader } from './csv-content.js'
import { escapeFormulas } from './formulas.js'
import { differ, type Findings } from './report.js'
import type { SortedHashes } from './row-hashes.js'

/**
 * Fetches the files of a delivery and compares them with the ledger. Returns its rows; undefined if a file is missing or broken,
 * if it is encrypted, or if this version of Node can't read it.
 */
export async function checkFile(
  session: SftpSession,
  catalog: Catalog,
  findings: Findings,
  delivery: Delivery,
  onBytes: (bytes: number) => void,
): Promise<SortedHashes | undefined> {
  if (delivery.encryption) return checkEncrypted(session, findings, delivery, onBytes)
  const entity = findEntity(catalog, delivery.entity)
  const { tenantId, format } = delivery
  const reader = createCsvReader({
    key: entity?.key ?? [],
    tenantColumn: entity?.tenantColumn ?? '',
    tenantId: format.escapeFormulas ? escapeFormulas(tenantId) : tenantId,
    format,
  })
  if (!reader) {
    findings.notLookedAt.push({ path: delivery.path, reason: `${format.compression} needs Node 22.15 or later` })
    return undefined
  }
  let isWhole = true
  for (const file of filesOf(delivery)) {
    if (!(await checkOne(session, findings, { ...delivery, ...file }, reader, onBytes))) isWhole = false
  }
  checkSums(findings, delivery)
  const { repeatedKeys, hashes } = reader.end()
  const note = differ(findings, tenantId, delivery.path)
  note('rows with the key of an earlier row', 0, entity ? repeatedKeys : 0)
  return isWhole ? hashes : undefined
}

/** Whether the file is stored and can be read to its end. */
async function checkOne(
  session: SftpSession,
  findings: Findings,
  file: Delivery & FilePart,
  reader: CsvReader,
  onBytes: (bytes: number) => void,
): Promise<boolean> {
  const note = differ(findings, file.tenantId, file.path)
  const size = await session.size(file.path)
  if (size === undefined) {
    note('file', `${file.bytes} bytes`, 'missing')
    return false
  }
  const content = await reader.read(counted(session.fetch(file.path), onBytes))
  findings.rows += content.rows
  note('bytes', file.bytes, content.bytes)
  note('sha256', file.sha256, content.sha256)
  note('UTF-8', 'valid', content.isUtf8 ? 'valid' : 'invalid')
  note('line end at the end of the file', 'there', content.endsWithLineEnd ? 'there' : 'missing')
  note('CSV', 'readable', content.broken ?? 'readable')
  note('header', columnNames(file), content.header?.join(','))
  note('rows', file.rows, content.rows)
  note('rows with another number of fields than the header', 0, content.unevenRows)
  note('rows of another tenant', 0, content.foreignRows)
  return content.broken === undefined
}

/** Without a private key of the tenant, only the bytes can be compared. The report says so. */
async function checkEncrypted(
  session: SftpSession,
  findings: Findings,
  delivery: Delivery,
  onBytes: (bytes: number) => void,
): Promise<undefined> {
  for (const file of filesOf(delivery)) {
    const note = differ(findings, delivery.tenantId, file.path)
    if ((await session.size(file.path)) === undefined) {
      note('file', `${file.bytes} bytes`, 'missing')
      continue
    }
    const hash = createHash('sha256')
    let bytes = 0
    for await (const piece of counted(session.fetch(file.path), onBytes)) {
      hash.update(piece)
      bytes += piece.length
    }
    note('bytes', file.bytes, bytes)
    note('sha256', file.sha256, hash.digest('hex'))
  }
  checkSums(findings, delivery)
  const reason = 'it is encrypted: its bytes and checksum were checked, its rows and values were not'
  findings.notComparable.push({ path: delivery.path, reason })
  return undefined
}

/** Compares what the ledger has of a split delivery as a whole with what it has of its file parts. */
function checkSums(findings: Findings, { tenantId, path, parts, rows, bytes, sha256 }: Delivery): void {
  if (!parts) return
  const note = differ(findings, tenantId, path)
  const sum = (of: (part: FilePart) => number): number => parts.reduce((total, part) => total + of(part), 0)
  note(
    'rows of all parts in the ledger',
    rows,
    sum((part) => part.rows),
  )
  note(
    'bytes of all parts in the ledger',
    bytes,
    sum((part) => part.bytes),
  )
  note('sha256 of the parts’ checksums', sha256, createHash('sha256').update(checksumsOf(parts)).digest('hex'))
}

const columnNames = ({ columns }: Delivery): string =>
  columns
    .split(',')
    .map((column) => column.split(':')[0])
    .join(',')

async function* counted(pieces: AsyncIterable<Buffer>, onBytes: (bytes: number) => void): AsyncGenerator<Buffer> {
  for await (const piece of pieces) {
    onBytes(piece.length)
    yield piece
  }
}
