import { indexPath, isoDay, manifestPath, signaturePath } from '../domain/delivery-path.js'
import { ExportError } from '../domain/errors.js'
import type {
  ComparedDay,
  LedgerDay,
  LedgerPosition,
  SettledGap,
  StoredIndex,
  StoredManifest,
  StoredState,
} from '../domain/ledger-gap.js'
import type { ServerSession } from '../domain/publication-ports.js'
import type { PublicationDependencies } from './dependencies.js'
import { answerOf } from './server-errors.js'
import { parseStoredIndex, parseStoredManifest, sha256Of } from './stored-index.js'

/**
 * Finds out whether the ledger and the server belong together, and settles it if not. A number of the index is in the ledger
 * before the index gets its name, so an index with a higher number proves that the database was restored from a backup. An index
 * with a lower number than the one that was written last proves the same of the server. Call it before anything is written for
 * the tenant.
 */
export async function compareWithServer(
  deps: PublicationDependencies,
  tenantId: string,
  signal: AbortSignal,
): Promise<void> {
  deps.compared?.delete(tenantId)
  await deps.sftp.session(signal, (session) => compare(deps, session, tenantId))
}

/**
 * For an attempt whose run was planned while the server was away: compares before anything is published.
 * @throws SUPERSEDED if ledger and server do not belong together. The next run delivers full loads.
 */
export async function requireCompared(
  deps: PublicationDependencies,
  session: ServerSession,
  tenantId: string,
): Promise<void> {
  if (!deps.compared || deps.compared.has(tenantId)) return
  const settled = await compare(deps, session, tenantId)
  if (settled) throw new ExportError('SUPERSEDED', settled.detail)
}

async function compare(
  deps: PublicationDependencies,
  session: ServerSession,
  tenantId: string,
): Promise<SettledGap | undefined> {
  const settled = await settle(deps, session, tenantId, await deps.ledgerGaps.position(tenantId))
  if (settled) deps.events.ledgerGapSettled(settled)
  deps.compared?.add(tenantId)
  return settled
}

async function settle(
  deps: PublicationDependencies,
  session: ServerSession,
  tenantId: string,
  position: LedgerPosition,
): Promise<SettledGap | undefined> {
  const { ledgerGaps } = deps
  const index = await storedIndex(deps, session, tenantId)
  if (!index) return undefined
  if (index.revision > position.revision || index.lastChange > position.lastChange) {
    return ledgerGaps.settleOlderLedger(tenantId, await stateOf(deps, session, tenantId, index))
  }
  if (index.revision < position.written) {
    return ledgerGaps.settleOlderServer(tenantId, await stateOf(deps, session, tenantId, index))
  }
  return undefined
}

/** Undefined if there is none, if the server permits no reads, or if it is not an index that this installation has written. */
async function storedIndex(
  deps: PublicationDependencies,
  session: ServerSession,
  tenantId: string,
): Promise<StoredIndex | undefined> {
  const path = indexPath(tenantId)
  const content = await contentOf(session, path)
  if (!content) return undefined
  const isOurs = await isSigned(deps, session, path, content)
  const index = isOurs ? parseStoredIndex(tenantId, content, deps.signer?.keyId ?? null) : undefined
  if (!index) deps.events.serverIndexIgnored(tenantId, path, isOurs)
  return index
}

/** What the server has of the days for which the ledger and the index differ, and of the days since. */
async function stateOf(
  deps: PublicationDependencies,
  session: ServerSession,
  tenantId: string,
  index: StoredIndex,
): Promise<StoredState> {
  const known = new Map((await deps.ledgerGaps.days(tenantId)).map((each) => [isoDay(each.day), each]))
  const listed = new Map(index.days.map((each) => [isoDay(each.day), each]))
  const names = [...new Set([...known.keys(), ...listed.keys()])].toSorted()
  const differing = names.filter((name) => !isSame(known.get(name), listed.get(name)))
  const days: ComparedDay[] = []
  for (const name of [...differing, ...daysSince(names.at(-1)).filter((each) => !differing.includes(each))]) {
    const [day, entry] = [new Date(name), listed.get(name)]
    const manifest = entry?.isRemoved ? undefined : await storedManifest(deps, session, tenantId, day)
    const isOther = manifest && !isSame(known.get(name), { ...manifest, isRemoved: false })
    if (isOther || differing.includes(name)) days.push({ day, listed: entry, manifest })
  }
  return { index, days }
}

function isSame(
  ours: LedgerDay | undefined,
  theirs: { readonly revision: number; readonly sha256: string | null; readonly isRemoved: boolean } | undefined,
): boolean {
  if (!ours?.isPresent) return !theirs || theirs.isRemoved
  return theirs?.revision === ours.revision && theirs.sha256 === ours.sha256 && !theirs.isRemoved
}

/** A run may have died between a manifest and the index. */
const mostDaysSince = 62

function daysSince(last: string | undefined): string[] {
  if (last === undefined) return []
  const first = Math.max(Date.parse(last), Date.now() - mostDaysSince * 86_400_000)
  const days: string[] = [last]
  for (let at = first + 86_400_000; at <= Date.now() + 86_400_000; at += 86_400_000) days.push(isoDay(new Date(at)))
  return days
}

async function storedManifest(
  deps: PublicationDependencies,
  session: ServerSession,
  tenantId: string,
  day: Date,
): Promise<StoredManifest | undefined> {
  const path = manifestPath(tenantId, day)
  const content = await contentOf(session, path)
  if (!content || !(await isSigned(deps, session, path, content))) return undefined
  return parseStoredManifest(tenantId, day, content)
}

/** A year of a tenant with all entities has an index of some 100 KB. */
const mostBytes = 32 * 1024 * 1024

async function contentOf(session: ServerSession, path: string): Promise<Buffer | undefined> {
  const content = await answerOf(async () => {
    const size = await session.size(path)
    if (size === undefined || size > mostBytes) return undefined
    const pieces: Buffer[] = []
    for await (const piece of session.fetch(path)) pieces.push(piece)
    return Buffer.concat(pieces)
  })
  return content === 'unknown' ? undefined : content
}

/** Ed25519 gives one signature for one content. True if nothing is signed. */
async function isSigned(
  { signer }: PublicationDependencies,
  session: ServerSession,
  path: string,
  content: Buffer,
): Promise<boolean> {
  if (!signer) return true
  const signature = await contentOf(session, signaturePath(path))
  return signature !== undefined && sha256Of(signature) === sha256Of(Buffer.from(await signer.sign(content)))
}
