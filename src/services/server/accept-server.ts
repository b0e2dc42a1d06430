import { createHash, randomUUID } from 'node:crypto'
import type { StoredManifest } from '../../database/server/server-store.js'
import type { Transact } from '../../database/unit-of-work/unit-of-work.js'
import type { Operator } from '../../domain/actor.js'
import { auditEntry } from '../../domain/audit.js'
import { ExportError } from '../../domain/errors.js'
import type { ServerDecision } from '../../domain/server-decision.js'
import { judgeMark, type MarkVerdict } from '../../domain/server-mark.js'
import type { SftpSession } from '../../sftp/sftp.js'
import { markPathOf, type ServerDependencies } from './dependencies.js'
import { lookForFiles } from './look-for-files.js'
import { answerOrRefusal, findMark, writeMark } from './mark-file.js'

export interface AcceptDependencies extends ServerDependencies {
  readonly transact: Transact
}

export interface AcceptedServer {
  /** The new id of the server. */
  readonly server: string
  readonly decision: ServerDecision
  /** The tenants whose files on record are lost, or were found on the server. */
  readonly tenants: readonly string[]
  /** The marks that the server refused. It is accepted all the same, but its next replacement is not noticed. */
  readonly refusedMarks: readonly string[]
}

export type AcceptOutcome =
  | { readonly ok: true; readonly value: AcceptedServer }
  | { readonly ok: false; readonly userErrors: readonly { readonly code: string; readonly message: string }[] }

/**
 * Accepts the SFTP server of the settings as the one that files are delivered to. Runs that wait for the decision continue. If it
 * fails half way, the same call again completes it: the server gets its mark last.
 */
export async function acceptServer(
  deps: AcceptDependencies,
  operator: Operator,
  decision: ServerDecision,
  signal: AbortSignal,
): Promise<AcceptOutcome> {
  return deps.sftp.session(signal, async (session) => {
    const all = await deps.servers.tenants()
    const marks = await verdicts(deps, session, deps.server.hasTenantRoots ? all : [null])
    const refusal = refusalOf(deps, decision, marks) ?? (decision === 'COPIED' && (await missingFiles(deps, session)))
    if (refusal) return refusal
    const tenants = deps.server.hasTenantRoots ? all.filter((tenantId) => marks.get(tenantId) !== 'SAME_SERVER') : all
    const server = randomUUID()
    for (const tenantId of tenants) await accept(deps, operator, { tenantId, decision, server })
    await deps.servers.replace(server)
    const refusedMarks = await markAll(deps, session, [...marks.keys()], server)
    deps.events.serverAccepted(server, decision, tenants.length)
    return { ok: true, value: { server, decision, tenants, refusedMarks } }
  })
}

type Holder = string | null

async function verdicts(
  { servers, server }: AcceptDependencies,
  session: SftpSession,
  holders: readonly Holder[],
): Promise<ReadonlyMap<Holder, MarkVerdict>> {
  const found = new Map<Holder, MarkVerdict>()
  for (const holder of holders) {
    const mark = await findMark(session, markPathOf(server, holder))
    found.set(holder, judgeMark(await servers.find(holder), mark))
  }
  return found
}

function refusalOf(
  { server }: AcceptDependencies,
  decision: ServerDecision,
  marks: ReadonlyMap<Holder, MarkVerdict>,
): AcceptOutcome | undefined {
  const [foreign] = [...marks].find(([, verdict]) => verdict === 'OTHER_INSTALLATION') ?? []
  if (foreign !== undefined) {
    const path = markPathOf(server, foreign)
    return refused(
      'SFTP_OTHER_INSTALLATION',
      `${server.where} has the mark of another installation: ${path}. Correct SFTP_HOST. If the server now belongs to this installation, remove the mark first.`,
    )
  }
  const isKnown = [...marks.values()].every((verdict) => verdict === 'SAME_SERVER')
  if (!isKnown || marks.size === 0 || decision === 'COPIED') return undefined
  return refused(
    'SERVER_KNOWN',
    `${server.where} has its mark: it is the server that the files on record were delivered to. To deliver lost files again, use "tidemark redeliver".`,
  )
}

function refused(code: string, message: string): AcceptOutcome {
  return { ok: false, userErrors: [{ code, message }] }
}

/** So many that a copy that was interrupted is likely to be found. */
const manifestsCompared = 100

/** A manifest that is larger is compared by its size alone. */
const mostComparedBytes = 1024 * 1024

/** The refusal if the newest manifests are not on the server as they are on record. */
async function missingFiles(
  { servers, server }: AcceptDependencies,
  session: SftpSession,
): Promise<AcceptOutcome | undefined> {
  const manifests = await servers.newestManifests(manifestsCompared)
  const files = await lookForFiles(session, manifests)
  if (files === 'unknown') {
    return refused('FILES_MISSING', `${server.where} does not say which files it has, so the copy cannot be checked.`)
  }
  const missing = [...files.gone]
  for (const manifest of files.there) if (!(await isSame(session, manifest))) missing.push(manifest)
  if (missing.length === 0) return undefined
  const paths = missing.slice(0, 5).map(({ path }) => path)
  const more = missing.length > paths.length ? ` and ${missing.length - paths.length} more` : ''
  return refused(
    'FILES_MISSING',
    `${server.where} lacks ${missing.length} of the ${manifests.length} newest manifests, or has others: ${paths.join(', ')}${more}. Copy the files, or decide with --full-loads or --deltas.`,
  )
}

async function isSame(session: SftpSession, { path, bytes, sha256 }: StoredManifest): Promise<boolean> {
  if (sha256 === null || bytes === null || bytes > mostComparedBytes) return true
  const content = await answerOrRefusal(() => session.readWhole(path, bytes))
  // A server without reads has reported the right size.
  if (content instanceof ExportError) return true
  return content !== undefined && createHash('sha256').update(content).digest('hex') === sha256
}

interface Accepting {
  readonly tenantId: string
  readonly decision: ServerDecision
  readonly server: string
}

function accept(
  { transact }: AcceptDependencies,
  operator: Operator,
  { tenantId, decision, server }: Accepting,
): Promise<void> {
  return transact(tenantId, async ({ watermarks, files, audit }) => {
    if (decision === 'FULL_LOADS') await watermarks.requestFullLoad()
    if (decision !== 'COPIED') await files.recordLoss()
    await audit.keep(auditEntry({ ...operator, tenantId }, 'SERVER_ACCEPTED', { target: server, after: { decision } }))
  })
}

/** Returns the marks that the server refuses. A tenant's folder that is missing gets its mark with the tenant's next run. */
async function markAll(
  { servers, server: settings }: AcceptDependencies,
  session: SftpSession,
  holders: readonly Holder[],
  server: string,
): Promise<string[]> {
  const { installation } = await servers.find(null)
  const refusedMarks: string[] = []
  for (const holder of holders) {
    const path = markPathOf(settings, holder)
    const stored = await writeMark(session, path, { installation, server }, settings.hiddenName)
    if (typeof stored === 'object' && 'server' in stored && stored.server === server) {
      await servers.recordMark(holder, server)
    } else if (!(stored instanceof ExportError && stored.code === 'SFTP_FOLDER_MISSING')) refusedMarks.push(path)
  }
  return refusedMarks
}
