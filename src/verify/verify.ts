import type { LedgerDay, LedgerStore } from '../database/deliveries/ledger-store.js'
import type { Delivery } from '../domain/delivery.js'
import { indexPath, isoDay, manifestPath } from '../domain/delivery-path.js'
import { ExportError } from '../domain/errors.js'
import type { SftpSession, SftpTarget } from '../sftp/sftp.js'
import { createChainCheck } from './chain.js'
import { checkFile } from './file.js'
import { checkFolder } from './folder.js'
import { checkIndex } from './index-file.js'
import { checkManifest } from './manifest.js'
import { differ, type Findings, noFindings, type Report } from './report.js'
import { checkSignature, contentOf, type Signatures } from './signature.js'
import { checkAgainstSource, type SourceCheck } from './source.js'

export interface VerifyDependencies extends SourceCheck {
  readonly ledger: LedgerStore
  readonly sftp: SftpTarget
  /** The pattern of the names under which files are written first. */
  readonly hiddenName: string
  readonly signatures: Signatures
}

/** What to verify: the files of a tenant, of a day, or of both; everything by default. */
export interface VerifyRequest {
  readonly tenantId?: string
  readonly day?: Date
  /** False: the files are not compared with the source. */
  readonly withSource: boolean
}

export interface Progress {
  readonly files: number
  readonly allFiles: number
  readonly bytes: number
  readonly allBytes: number
  readonly differences: number
}

export type OnProgress = (progress: Progress) => void

/** A day that changes while it is checked is checked at most this many times. */
const mostChecks = 3

const filesAtOnce = 500

/**
 * Fetches the delivered files and compares them with the ledger, their manifests and the source. The report names what could
 * not be checked because of an outage. Any other error is thrown.
 */
export async function verify(
  deps: VerifyDependencies,
  request: VerifyRequest,
  signal: AbortSignal,
  onProgress: OnProgress,
): Promise<Report> {
  const state = { ...noFindings(), files: 0, bytes: 0 }
  try {
    const tenants = request.tenantId === undefined ? await deps.ledger.tenants(request.day) : [request.tenantId]
    const all = await totalsOf(deps.ledger, tenants, request.day)
    const progress = (bytes = state.bytes): void =>
      onProgress({
        files: state.files,
        allFiles: all.files,
        bytes,
        allBytes: all.bytes,
        differences: state.differences.length,
      })
    for (const tenantId of tenants) {
      const { days, findings } = await checkChain(deps, tenantId, request.day)
      add(state, findings)
      for (const day of days) {
        const found = await checkUnchangedDay(deps, request, { tenantId, day }, signal, (bytes) =>
          progress(state.bytes + bytes),
        )
        add(state, found.findings)
        state.files += found.files
        state.bytes += found.bytes
        progress()
      }
      if (request.day === undefined) add(state, await checkUnchangedIndex(deps, tenantId, signal))
    }
  } catch (error) {
    if (!(error instanceof ExportError) || error.code === 'INTERNAL') throw error
    state.notLookedAt.push({ path: 'the rest', reason: `${error.code}: ${error.message}` })
  }
  return state
}

function add(sum: Findings, findings: Findings): void {
  sum.differences.push(...findings.differences)
  sum.notComparable.push(...findings.notComparable)
  sum.notLookedAt.push(...findings.notLookedAt)
  sum.rows += findings.rows
  sum.sourceRows += findings.sourceRows
}

async function totalsOf(
  ledger: LedgerStore,
  tenants: readonly string[],
  day: Date | undefined,
): Promise<{ files: number; bytes: number }> {
  const all = { files: 0, bytes: 0 }
  for (const tenantId of tenants) {
    const { files, bytes } = await ledger.totals({ tenantId, ...(day && { day }) })
    all.files += files
    all.bytes += bytes
  }
  return all
}

/** Checks the whole ledger of a tenant, since a day's windows follow those of the days before. */
async function checkChain(
  { ledger }: VerifyDependencies,
  tenantId: string,
  only: Date | undefined,
): Promise<{ days: Date[]; findings: Findings }> {
  for (let attempt = 1; ; attempt += 1) {
    const findings = noFindings()
    const days = new Map<string, Date>()
    const chain = createChainCheck(tenantId)
    const before = await ledger.watermarks(tenantId)
    for await (const file of ledgerFiles(ledger, tenantId)) {
      const isRequested = only === undefined || isoDay(only) === isoDay(file.day)
      chain.take(file, isRequested ? findings : noFindings())
      if (isRequested) days.set(isoDay(file.day), file.day)
    }
    const watermarks = await ledger.watermarks(tenantId)
    if (only === undefined) chain.end(watermarks, findings)
    const isAsBefore = JSON.stringify([...before]) === JSON.stringify([...watermarks])
    if (findings.differences.length === 0 || isAsBefore || attempt === mostChecks)
      return { days: [...days.values()], findings }
  }
}

async function* ledgerFiles(ledger: LedgerStore, tenantId: string): AsyncGenerator<Delivery> {
  let after: Delivery | undefined
  do {
    const page = await ledger.files({ tenantId }, { take: filesAtOnce, after })
    yield* page
    after = page.length === filesAtOnce ? page.at(-1) : undefined
  } while (after)
}

interface TenantDay {
  readonly tenantId: string
  readonly day: Date
}

interface DayFound {
  readonly findings: Findings
  readonly files: number
  readonly bytes: number
}

/**
 * While a run writes to the folder, a difference means nothing. So a day that has changed meanwhile is checked again, and only
 * findings about an unchanged day count.
 */
async function checkUnchangedDay(
  deps: VerifyDependencies,
  request: VerifyRequest,
  of: TenantDay,
  signal: AbortSignal,
  onBytes: (bytes: number) => void,
): Promise<DayFound> {
  for (let attempt = 1; ; attempt += 1) {
    const ledger = await deps.ledger.day(of.tenantId, of.day)
    let bytes = 0
    const findings = await checkDay(deps, request, of, ledger, signal, (count) => onBytes((bytes += count)))
    const found = { findings, files: ledger.files.length, bytes }
    if (findings.differences.length === 0) return found
    const now = await deps.ledger.day(of.tenantId, of.day)
    if (now.runUnderWay === undefined && isSame(ledger, now)) return found
    if (now.runUnderWay === undefined && attempt < mostChecks) continue
    const reason = now.runUnderWay === undefined ? 'it keeps changing' : `run ${now.runUnderWay} is under way`
    const path = manifestPath(of.tenantId, of.day)
    return { ...found, findings: { ...noFindings(), notLookedAt: [{ path, reason }] } }
  }
}

function isSame(one: LedgerDay, other: LedgerDay): boolean {
  const state = ({ files, manifest }: LedgerDay) =>
    JSON.stringify([files.map(({ id }) => id), manifest?.changes, manifest?.revision, manifest?.pending])
  return one.runUnderWay === undefined && state(one) === state(other)
}

async function checkDay(
  deps: VerifyDependencies,
  { withSource }: VerifyRequest,
  { tenantId, day }: TenantDay,
  ledger: LedgerDay,
  signal: AbortSignal,
  onBytes: (bytes: number) => void,
): Promise<Findings> {
  const findings = noFindings()
  await deps.sftp.session(signal, async (session) => {
    const path = manifestPath(tenantId, day)
    // The files are past their retention time, and only the ledger has them.
    if (ledger.manifest?.present === false) {
      return noteErrorOfOne(findings, path, () =>
        checkFolder(session, findings, tenantId, day, { ...ledger, files: [] }, deps.hiddenName),
      )
    }
    await noteErrorOfOne(findings, path, () => checkDaysManifest(deps, session, findings, path, ledger))
    for (const file of ledger.files) {
      await noteErrorOfOne(findings, file.path, async () => {
        const hashes = await checkFile(session, deps.catalog, findings, file, onBytes)
        if (withSource && hashes) await checkAgainstSource(deps, findings, file, hashes, signal)
      })
    }
    await noteErrorOfOne(findings, path, () => checkFolder(session, findings, tenantId, day, ledger, deps.hiddenName))
  })
  return findings
}

async function checkDaysManifest(
  { signatures }: VerifyDependencies,
  session: SftpSession,
  findings: Findings,
  path: string,
  { manifest, files }: LedgerDay,
): Promise<void> {
  const tenantId = files[0]?.tenantId ?? ''
  const note = differ(findings, tenantId, path)
  if ((await session.size(path)) === undefined) return note('manifest', 'there', 'missing')
  if (!manifest || manifest.pending || manifest.sha256 === null) {
    return note('manifest', 'none until it is written again', 'there')
  }
  const content = await contentOf(session, path)
  checkManifest(findings, manifest, files, content)
  await checkSignature(session, findings, signatures, { tenantId, path, content, signedBy: manifest.signedBy })
}

/** An index that changes while it is checked is checked again. Only findings about an unchanged index count. */
async function checkUnchangedIndex(
  { ledger, sftp, signatures }: VerifyDependencies,
  tenantId: string,
  signal: AbortSignal,
): Promise<Findings> {
  const path = indexPath(tenantId)
  for (let attempt = 1; ; attempt += 1) {
    const findings = noFindings()
    const before = await ledger.index(tenantId)
    if (!before) return findings
    const late = { ...noFindings(), notLookedAt: [{ path, reason: 'it is about to be written again' }] }
    if (before.isPending) return late
    await sftp.session(signal, (session) =>
      noteErrorOfOne(findings, path, () => checkIndex(session, findings, signatures, tenantId, before)),
    )
    if (findings.differences.length === 0) return findings
    const now = await ledger.index(tenantId)
    if (JSON.stringify(now) === JSON.stringify(before)) return findings
    if (attempt === mostChecks) return late
  }
}

/** Errors about one file or table, after which the others can be checked. */
const errorsOfOne: ReadonlySet<string> = new Set([
  'SFTP_PERMISSION_DENIED',
  'SFTP_PROTOCOL',
  'SOURCE_SCHEMA_MISMATCH',
  'SOURCE_VALUE_INVALID',
  'SOURCE_ROWS_HIDDEN',
  'SOURCE_ROWS_UNDECIDED',
  'SOURCE_CHANGES_UNTRACKED',
])

async function noteErrorOfOne(findings: Findings, path: string, check: () => Promise<void>): Promise<void> {
  try {
    await check()
  } catch (error) {
    if (!(error instanceof ExportError) || !errorsOfOne.has(error.code)) throw error
    findings.notLookedAt.push({ path, reason: `${error.code}: ${error.message}` })
  }
}
