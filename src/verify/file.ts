import type { LedgerFile } from '../database/ledger-store.js'
import { type Catalog, findEntity } from '../domain/entity.js'
import type { SftpSession } from '../sftp/sftp.js'
import { type CsvContent, readCsv } from './csv-content.js'
import { differ, type Findings } from './report.js'

/** Fetches a file and compares it with the ledger. Undefined where it is missing. */
export async function checkFile(
  session: SftpSession,
  catalog: Catalog,
  findings: Findings,
  file: LedgerFile,
  onBytes: (bytes: number) => void,
): Promise<CsvContent | undefined> {
  const note = differ(findings, file.tenantId, file.path)
  const size = await session.size(file.path)
  if (size === undefined) {
    note('file', `${file.bytes} bytes`, 'missing')
    return undefined
  }
  const entity = findEntity(catalog, file.entity)
  const content = await readCsv(counted(session.fetch(file.path), onBytes), {
    key: entity?.key ?? [],
    tenantColumn: entity?.tenantColumn ?? '',
    tenantId: file.tenantId,
  })
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
  note('rows with a key that a row before them has', 0, entity ? content.repeatedKeys : 0)
  return content
}

const columnNames = ({ columns }: LedgerFile): string =>
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
