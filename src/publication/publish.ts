import type { WrittenFile } from '../domain/delivery.js'
import type { Claim, Intent, IntentFile, Published } from '../domain/publication.js'
import type { ServerSession } from '../domain/publication-ports.js'
import { stepOf } from '../domain/run-step.js'
import type { PublicationDependencies } from './dependencies.js'
import { type FileLocations, locateFiles } from './locate-files.js'
import { isServerError, isStale, removeIfPermitted } from './server-errors.js'

/**
 * Publishes a file that is stored whole under its hidden paths. The intent is on record before anything is renamed, so that the
 * next attempt after a crash knows what the file under the final name is, or was about to be.
 */
export async function publish(
  deps: PublicationDependencies,
  session: ServerSession,
  claim: Claim,
  file: WrittenFile,
  hiddenPaths: readonly string[],
): Promise<Published> {
  await deps.onStep('intend', stepOf(claim))
  const { manifest, ...intent } = await intend(deps, session, claim, file, hiddenPaths)
  return renameAndRecord(deps, session, intent, { manifest, hidden: intent.files, isUploaded: true })
}

/** A stale attempt removes its hidden files itself: the later attempt has taken those that it knew of off the record. */
async function intend(
  deps: PublicationDependencies,
  session: ServerSession,
  claim: Claim,
  file: WrittenFile,
  hiddenPaths: readonly string[],
) {
  try {
    return await deps.publications.intend(claim, file)
  } catch (error) {
    if (isStale(error)) for (const path of hiddenPaths) await removeIfPermitted(deps, session, claim, path)
    throw error
  }
}

/** What remains to be done for an intent. */
export interface RemainingWork {
  /** The manifest that is published now, which must be withdrawn first. */
  readonly manifest: string | undefined
  /** The files that do not have their final names yet. */
  readonly hidden: readonly IntentFile[]
  /** Whether this session has uploaded them. */
  readonly isUploaded: boolean
}

/**
 * Gives the files their final names, and records the delivery. A manifest must never name a file by a checksum that it does
 * not have, so the manifest is removed before a file of its day is replaced.
 */
export async function renameAndRecord(
  deps: PublicationDependencies,
  session: ServerSession,
  intent: Intent,
  { manifest, hidden, isUploaded }: RemainingWork,
): Promise<Published> {
  try {
    await deps.onStep('withdraw', stepOf(intent))
    if (manifest !== undefined) await session.remove(manifest)
    for (const { hiddenPath, path } of hidden) {
      await deps.onStep('rename', stepOf(intent))
      if (hiddenPath !== null) await session.replace(hiddenPath, path, { isUploaded })
    }
    await removeIfClaimed(deps, session, intent, intent.obsoletePaths)
    await deps.onStep('record', stepOf(intent))
    return await deps.publications.record(intent)
  } catch (error) {
    // A stale attempt may have withdrawn the manifest that a later attempt had published. It is pending again.
    await deps.publications.announceChange(intent.tenantId, intent.to)
    if (isServerError(error)) await discardUnlessFinal(deps, session, intent)
    throw error
  }
}

/** A stale attempt must not remove what a later revision has put there. */
async function removeIfClaimed(
  deps: PublicationDependencies,
  session: ServerSession,
  intent: Intent,
  paths: readonly string[],
): Promise<void> {
  for (const path of paths) {
    await deps.publications.requireClaim(intent)
    await removeIfPermitted(deps, session, intent, path)
  }
}

/** The server has answered with an error. If all files have their final names, the next attempt can still record them. */
async function discardUnlessFinal(
  deps: PublicationDependencies,
  session: ServerSession,
  intent: Intent,
): Promise<void> {
  // A file that is stored under its hidden path has no final name, even if the last revision has the same bytes.
  const files = await locateFiles(session, intent)
  if (files.final.length === intent.files.length) return
  for (const { hiddenPath } of files.hidden) {
    if (hiddenPath !== null) await removeIfPermitted(deps, session, intent, hiddenPath)
  }
  await removeAndDiscard(deps, session, intent, files)
}

/**
 * Every file under a final name is in the ledger, so the files of this intent that have final names are removed. A file whose
 * place is unknown stays, and no manifest names it.
 */
export async function removeAndDiscard(
  deps: PublicationDependencies,
  session: ServerSession,
  intent: Intent,
  { final, unknown }: Pick<FileLocations, 'final' | 'unknown'>,
): Promise<void> {
  await removeIfClaimed(deps, session, intent, pathsOf(final))
  await discard(deps, intent, pathsOf([...final, ...unknown]))
}

/** `replaced`: the paths where an earlier revision was replaced by a discarded file, or may have been. */
export async function discard(
  { publications, events }: PublicationDependencies,
  intent: Intent,
  replaced: readonly string[],
): Promise<void> {
  const outcome = await publications.discard(intent, replaced)
  if (outcome !== 'already gone') events.publicationDiscarded(intent, outcome === 'lost an earlier file')
}

export function pathsOf(files: readonly IntentFile[]): string[] {
  return files.map(({ path }) => path)
}
