import { ExportError } from '../../domain/errors.js'
import { judgeMark, type ServerMark, type ServerRecord } from '../../domain/server-mark.js'
import type { SftpSession } from '../../sftp/sftp.js'
import { holderOf, markPathOf, type ServerDependencies } from './dependencies.js'
import { lookForFiles } from './look-for-files.js'
import { findMark, writeMark } from './mark-file.js'

/**
 * Requires that the SFTP server is the one that the ledger's files were delivered to, before anything is written for the tenant.
 * It writes the mark of a server that was never marked.
 * @throws ExportError SFTP_SERVER_REPLACED, SFTP_OTHER_INSTALLATION
 */
export type RequireServer = (tenantId: string, signal: AbortSignal) => Promise<void>

/** So few that the answers come within a moment. */
const tenantsLookedAt = 5

export function createServerCheck(deps: ServerDependencies): RequireServer {
  const reported = new Set<string>()
  const reportOnce = (path: string, reason: string): void => {
    if (reported.has(reason)) return
    reported.add(reason)
    deps.events.serverUnknown(path, reason)
  }
  return async (tenantId, signal) => {
    const holder = holderOf(deps.server, tenantId)
    const record = await deps.servers.find(holder)
    await deps.sftp.session(signal, (session) => check(deps, session, { holder, record, reportOnce }))
  }
}

interface Check {
  readonly holder: string | null
  readonly record: ServerRecord
  readonly reportOnce: (path: string, reason: string) => void
}

async function check(deps: ServerDependencies, session: SftpSession, about: Check): Promise<void> {
  const { holder, record, reportOnce } = about
  const path = markPathOf(deps.server, holder)
  const found = await findMark(session, path)
  switch (judgeMark(record, found)) {
    case 'SAME_SERVER':
      if (!record.isMarked && record.server !== null) await deps.servers.recordMark(holder, record.server)
      return
    case 'UNKNOWN':
      return reportOnce(path, 'it permits no reads')
    case 'NOT_MARKED_YET':
      return mark(deps, session, about)
    case 'MARK_MISSING':
      return requireFiles(deps, session, about)
    case 'OTHER_SERVER':
      throw replaced(deps, `its mark ${path} is that of another server`)
    case 'OTHER_INSTALLATION':
      throw otherInstallation(deps, path, record, found as ServerMark)
  }
}

/** Writes the mark, and records it only if it can be read: a server that hides it must not look like another one later. */
async function mark(
  deps: ServerDependencies,
  session: SftpSession,
  { holder, record, reportOnce }: Check,
): Promise<void> {
  const { installation } = record
  const path = markPathOf(deps.server, holder)
  const own = { installation, server: record.server ?? (await deps.servers.begin()) }
  const stored = await writeMark(session, path, own, deps.server.hiddenName)
  // In that case the server's operator has not created the folder of the tenant yet.
  if (stored instanceof ExportError && stored.code === 'SFTP_FOLDER_MISSING') return
  if (stored instanceof ExportError) return reportOnce(path, `it refuses the mark: ${stored.code}`)
  if (stored === 'unknown' || stored === 'missing') return reportOnce(path, 'the mark cannot be read')
  if (stored.installation !== installation) throw otherInstallation(deps, path, record, stored)
  await deps.servers.recordMark(holder, own.server)
  deps.events.serverMarked(path, own.server)
}

/** The mark is gone. If the server has files of the ledger, only the mark was lost. */
async function requireFiles(deps: ServerDependencies, session: SftpSession, about: Check): Promise<void> {
  const path = markPathOf(deps.server, about.holder)
  const manifests = await deps.servers.newestManifests(tenantsLookedAt)
  const files = await lookForFiles(session, manifests)
  if (files === 'unknown') return about.reportOnce(path, 'it does not say which files are stored')
  if (manifests.length > 0 && files.there.length === 0) {
    const none =
      manifests.length === 1 ? 'nor the newest manifest' : `nor any of the ${manifests.length} newest manifests`
    throw replaced(deps, `it has neither the mark ${path} ${none}`)
  }
  deps.events.serverMarkLost(path, files.there)
  await mark(deps, session, about)
}

function replaced({ server: { where } }: ServerDependencies, why: string): ExportError {
  return new ExportError(
    'SFTP_SERVER_REPLACED',
    `${where} is not the server that the files on record were delivered to: ${why}. Nothing was written. Correct SFTP_HOST or mount the disk again, or decide with "tidemark server accept".`,
  )
}

function otherInstallation(
  { server: { where } }: ServerDependencies,
  path: string,
  { installation }: ServerRecord,
  found: ServerMark,
): ExportError {
  return new ExportError(
    'SFTP_OTHER_INSTALLATION',
    `${where} has the mark ${path} of the installation ${found.installation}. This installation is ${installation}. Nothing was written. Correct SFTP_HOST. If the server now belongs to this installation, remove the mark.`,
  )
}
