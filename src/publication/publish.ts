import type { WrittenFile } from '../domain/delivery.js'
import { allEnded } from '../domain/in-parallel.js'
import type { Claim, Intent, IntentFile, Published } from '../domain/publication.js'
import type { ServerSession } from '../domain/publication-ports.js'
import { stepOf } from '../domain/run-step.js'
import type { PublicationDependencies } from './dependencies.js'
import { onStepOfEach } from './each-step.js'
import { type FileLocations, locateFiles } from './locate-files.js'
import { isServerError, isStale, removeIfPermitted } from './server-errors.js'

/** What was written for a claim, whole under hidden paths. */
export interface WrittenClaim {
  readonly claim: Claim
  readonly file: WrittenFile
  readonly hiddenPaths: readonly string[]
}

/**
 * Publishes files that are stored whole under their hidden paths, of claims that were taken together. The intents are on record
 * before anything is renamed, so that the next attempt after a crash knows what a file under its final name is, or was about to
 * be.
 */
export async function publish(
  deps: PublicationDependencies,
  session: ServerSession,
  written: readonly WrittenClaim[],
): Promise<readonly Published[]> {
  const claims = written.map(({ claim }) => claim)
  await onStepOfEach(deps, 'intend', claims)
  const { manifest, intents } = await intend(deps, session, written)
  const hidden = intents.flatMap(({ files }) => files)
  return renameAndRecord(deps, session, intents, { manifest, hidden, isUploaded: true })
}

/** A stale attempt removes its hidden files itself: the later attempt has taken those that it knew of off the record. */
async function intend(deps: PublicationDependencies, session: ServerSession, written: readonly WrittenClaim[]) {
  try {
    return await deps.publications.intendAll(written)
  } catch (error) {
    if (isStale(error)) {
      for (const { claim, hiddenPaths } of written) {
        for (const path of hiddenPaths) await removeIfPermitted(deps, session, claim, path)
      }
    }
    throw error
  }
}

/** What remains to be done for intents. */
export interface RemainingWork {
  /** The manifest that is published now, which must be withdrawn first. */
  readonly manifest: string | undefined
  /** The files that do not have their final names yet. */
  readonly hidden: readonly IntentFile[]
  /** Whether this session has uploaded them. */
  readonly isUploaded: boolean
}

/**
 * Gives the files their final names, and records the deliveries. A manifest must never name a file by a checksum that it does
 * not have, so the manifest is removed before a file of its day is replaced.
 */
export async function renameAndRecord(
  deps: PublicationDependencies,
  session: ServerSession,
  intents: readonly Intent[],
  { manifest, hidden, isUploaded }: RemainingWork,
): Promise<readonly Published[]> {
  try {
    await onStepOfEach(deps, 'withdraw', intents)
    if (manifest !== undefined) await session.remove(manifest)
    await renameAll(deps, session, intents, { hidden, isUploaded })
    for (const intent of intents) await removeIfClaimed(deps, session, intent, intent.obsoletePaths)
    await onStepOfEach(deps, 'record', intents)
    return await deps.publications.recordAll(intents)
  } catch (error) {
    // A stale attempt may have withdrawn the manifest that a later attempt had published. It is pending again.
    const [first] = intents
    if (first) await deps.publications.announceChange(first.tenantId, first.to)
    if (isServerError(error)) for (const intent of intents) await discardUnlessFinal(deps, session, intent)
    throw error
  }
}

/** So many renames are requested at once. A split file can have thousands of parts. */
const renamesAtOnce = 64

/** Waits for all renames that are under way: after an error none is left. */
async function renameAll(
  deps: PublicationDependencies,
  session: ServerSession,
  intents: readonly Intent[],
  { hidden, isUploaded }: Pick<RemainingWork, 'hidden' | 'isUploaded'>,
): Promise<void> {
  const left = new Set(hidden)
  let renames: Promise<void>[] = []
  try {
    for (const intent of intents) {
      for (const file of intent.files) {
        if (!left.has(file)) continue
        await deps.onStep('rename', stepOf(intent))
        const renaming = rename(session, file, isUploaded)
        // Its error is thrown once all are settled.
        renaming.catch(() => {})
        renames.push(renaming)
        if (renames.length === renamesAtOnce) renames = await settled(renames)
      }
    }
  } finally {
    await settled(renames)
  }
}

async function rename(session: ServerSession, { hiddenPath, path }: IntentFile, isUploaded: boolean): Promise<void> {
  if (hiddenPath !== null) await session.replace(hiddenPath, path, { isUploaded })
}

async function settled(renames: readonly Promise<void>[]): Promise<[]> {
  await allEnded(renames)
  return []
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
