import { createHash } from 'node:crypto'
import type { LedgerIndex } from '../database/deliveries/ledger-index.js'
import { contractPath, indexPath, isoDay } from '../domain/delivery-path.js'
import type { SftpSession } from '../sftp/sftp.js'
import { type Differ, differ, type Findings } from './report.js'
import { checkSignature, contentOf, type Signatures } from './signature.js'

/** Compares the stored index with the one that was written, its content with the ledger, and the contracts beside it. */
export async function checkIndex(
  session: SftpSession,
  findings: Findings,
  signatures: Signatures,
  tenantId: string,
  ledger: LedgerIndex,
): Promise<void> {
  const path = indexPath(tenantId)
  const note = differ(findings, tenantId, path)
  if ((await session.size(path)) === undefined) return note('index', 'there', 'missing')
  const content = await contentOf(session, path)
  note('bytes of the index', ledger.bytes, content.length)
  note('sha256 of the index', ledger.sha256, sha256Of(content))
  await checkSignature(session, findings, signatures, { tenantId, path, content, signedBy: ledger.signedBy })
  checkDays(note, ledger, content)
  for (const [entity, { sha256 }] of Object.entries(ledger.contracts)) {
    const contract = contractPath(tenantId, entity)
    const ofContract = differ(findings, tenantId, contract)
    if ((await session.size(contract)) === undefined) ofContract('contract', 'there', 'missing')
    else ofContract('sha256 of the contract', sha256, sha256Of(await contentOf(session, contract)))
  }
}

type Entry = Readonly<Record<string, unknown>>

function checkDays(note: Differ, { revision, days }: LedgerIndex, content: Buffer): void {
  const index = parsed(content)
  if (!index) return note('format of the index', 'a JSON object with days', 'something else')
  note('revision in the index', revision, index['revision'])
  const stored = index.days.filter(({ removed }) => removed !== true)
  note('days in the index', days.map(({ day }) => isoDay(day)).join(), stored.map(({ day }) => day).join())
  for (const { day, ...expected } of days) {
    const entry = stored.find((each) => each['day'] === isoDay(day))
    for (const [name, value] of Object.entries(expected)) {
      if (entry) note(`${name} of ${isoDay(day)} in the index`, value, entry[name])
    }
  }
}

function parsed(content: Buffer): (Entry & { readonly days: readonly Entry[] }) | undefined {
  try {
    const index = JSON.parse(content.toString()) as { days?: unknown } | null
    const isIndex = Array.isArray(index?.days) && index.days.every((each) => typeof each === 'object' && each !== null)
    return isIndex ? (index as Entry & { readonly days: readonly Entry[] }) : undefined
  } catch {
    return undefined
  }
}

function sha256Of(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}
