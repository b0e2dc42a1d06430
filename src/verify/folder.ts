import type { LedgerDay } from '../database/deliveries/ledger-store.js'
import { dayFolder, manifestPath, signaturePath } from '../domain/delivery-path.js'
import { ExportError } from '../domain/errors.js'
import { filesOf } from '../domain/delivery.js'
import { isHiddenName } from '../domain/hidden-name.js'
import type { SftpSession } from '../sftp/sftp.js'
import { differ, type Findings } from './report.js'

/** Looks for files that must not be in a day's folder: stale hidden files, and files of no delivery. */
export async function checkFolder(
  session: SftpSession,
  findings: Findings,
  tenantId: string,
  day: Date,
  ledger: LedgerDay,
  hiddenName: string,
): Promise<void> {
  const manifest = manifestPath(tenantId, day)
  const known = new Set([manifest, signaturePath(manifest), ...ledger.files.flatMap(filesOf).map(({ path }) => path)])
  const paths = await pathsIn(session, dayFolder(tenantId, day))
  for (const path of paths.filter((each) => !known.has(each) && !ledger.hiddenPathsInUse.includes(each))) {
    // A file that a run was writing may have its final name by now.
    if ((await session.size(path)) === undefined) continue
    const isHidden = isHiddenName(path.slice(path.lastIndexOf('/') + 1), hiddenName)
    const note = differ(findings, tenantId, path)
    if (isHidden) note('hidden file', 'one that a run is writing, or none', 'stale')
    else note('file', 'one of the ledger', 'unknown to the ledger')
  }
}

/** The files of a day's folder and of the entities' folders in it. */
async function pathsIn(session: SftpSession, folder: string): Promise<string[]> {
  const paths: string[] = []
  for (const name of await session.list(folder)) {
    const path = `${folder}/${name}`
    const names = name.includes('.') ? undefined : await namesIn(session, path)
    if (names) paths.push(...names.map((each) => `${path}/${each}`))
    else paths.push(path)
  }
  return paths
}

/** Undefined where it is no folder. */
async function namesIn(session: SftpSession, path: string): Promise<string[] | undefined> {
  try {
    return await session.list(path)
  } catch (error) {
    if (error instanceof ExportError && error.code === 'SFTP_PROTOCOL') return undefined
    throw error
  }
}
