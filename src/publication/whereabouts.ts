import { createHash } from 'node:crypto'
import { ExportError } from '../domain/errors.js'
import type { IntendedFile, Intent } from '../domain/publication.js'
import type { ServerSession } from '../domain/publication-ports.js'
import { answered } from './refusal.js'

/** A file of an intent whose hidden name is known. */
export interface HiddenFile extends IntendedFile {
  readonly hidden: string
}

/** Where the files of an intent are stored. */
export interface Whereabouts {
  /** Whole under their hidden names. */
  readonly hidden: readonly HiddenFile[]
  /** Under their final names. */
  readonly placed: readonly IntendedFile[]
  readonly lost: readonly IntendedFile[]
  /** The server refuses the questions that would decide it. */
  readonly unknown: readonly IntendedFile[]
}

/** Asks the server: an earlier attempt may have renamed some of the files. */
export async function whereabouts(session: ServerSession, { files }: Intent): Promise<Whereabouts> {
  const hidden: HiddenFile[] = []
  const others = { placed: [] as IntendedFile[], lost: [] as IntendedFile[], unknown: [] as IntendedFile[] }
  for (const file of files) {
    const isHidden = await answered(async () => isWholeHidden(session, file))
    if (isHidden === true) hidden.push({ ...file, hidden: file.hidden ?? '' })
    else others[await placeOf(session, file, isHidden === 'unknown')].push(file)
  }
  return { hidden, ...others }
}

async function isWholeHidden(session: ServerSession, { hidden, bytes }: IntendedFile): Promise<boolean> {
  return hidden !== null && (await session.size(hidden)) === bytes
}

/** Where a file is that is not seen whole under its hidden name; `mayBeHidden`: the server refuses to say whether it is. */
async function placeOf(
  session: ServerSession,
  file: IntendedFile,
  mayBeHidden: boolean,
): Promise<'placed' | 'lost' | 'unknown'> {
  const isPlaced = await answered(() => isInPlace(session, file))
  if (isPlaced === true) return 'placed'
  return isPlaced === 'unknown' || mayBeHidden ? 'unknown' : 'lost'
}

/**
 * Whether the file under the final name is the intended one. A server that permits no reads reports only its size. The size
 * decides, unless an earlier revision has the same size and other content.
 */
async function isInPlace(
  session: ServerSession,
  { path, bytes, sha256, looksLikeEarlier }: IntendedFile,
): Promise<boolean> {
  if ((await session.size(path)) !== bytes) return false
  const found = await answered(() => hashOf(session, path))
  if (found !== 'unknown') return found === sha256
  if (!looksLikeEarlier) return true
  throw new ExportError('SFTP_PERMISSION_DENIED', `${path} may not be read, and an earlier revision has the same size.`)
}

async function hashOf(session: ServerSession, path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of session.fetch(path)) hash.update(piece)
  return hash.digest('hex')
}
