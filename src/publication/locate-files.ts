import { createHash } from 'node:crypto'
import { ExportError } from '../domain/errors.js'
import type { Intent, IntentFile } from '../domain/publication.js'
import type { ServerSession } from '../domain/publication-ports.js'
import { answerOf } from './server-errors.js'

/** Where the files of an intent are stored. */
export interface FileLocations {
  /** Whole under their hidden paths. */
  readonly hidden: readonly IntentFile[]
  /** Under their final names. */
  readonly final: readonly IntentFile[]
  readonly missing: readonly IntentFile[]
  /** The server answers the questions that would decide it with errors. */
  readonly unknown: readonly IntentFile[]
}

/** Asks the server where the files are: an earlier attempt may have renamed some of them. */
export async function locateFiles(session: ServerSession, { files }: Intent): Promise<FileLocations> {
  const located = {
    hidden: [] as IntentFile[],
    final: [] as IntentFile[],
    missing: [] as IntentFile[],
    unknown: [] as IntentFile[],
  }
  for (const file of files) located[await locationOf(session, file)].push(file)
  return located
}

async function locationOf(session: ServerSession, file: IntentFile): Promise<keyof FileLocations> {
  const isHidden = await answerOf(() => isWholeHidden(session, file))
  if (isHidden === true) return 'hidden'
  const isFinal = await answerOf(() => hasFinalName(session, file))
  if (isFinal === true) return 'final'
  return isFinal === 'unknown' || isHidden === 'unknown' ? 'unknown' : 'missing'
}

async function isWholeHidden(session: ServerSession, { hiddenPath, bytes }: IntentFile): Promise<boolean> {
  return hiddenPath !== null && (await session.size(hiddenPath)) === bytes
}

/**
 * Whether the file under the final name is the intended one. A server that permits no reads reports only its size. The size
 * decides, unless an earlier revision has the same size and other content.
 */
async function hasFinalName(
  session: ServerSession,
  { path, bytes, sha256, isSizeAmbiguous }: IntentFile,
): Promise<boolean> {
  if ((await session.size(path)) !== bytes) return false
  const found = await answerOf(() => hashOf(session, path))
  if (found !== 'unknown') return found === sha256
  if (!isSizeAmbiguous) return true
  throw new ExportError('SFTP_PERMISSION_DENIED', `${path} may not be read, and an earlier revision has the same size.`)
}

async function hashOf(session: ServerSession, path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of session.fetch(path)) hash.update(piece)
  return hash.digest('hex')
}
