import type { Intent, Published } from '../domain/publication.js'
import type { ServerSession } from '../domain/publication-ports.js'
import type { PublicationDependencies } from './dependencies.js'
import { isRefusal, removeIfPermitted } from './refusal.js'
import { step } from './step.js'
import { type HiddenFile, type Whereabouts, whereabouts } from './whereabouts.js'

/** What is still to be done for an intent. */
export interface Placement {
  /** The manifest that is published now, which must be withdrawn first. */
  readonly manifest: string | undefined
  /** The files that do not have their final names yet. */
  readonly hidden: readonly HiddenFile[]
  /** Whether this session has uploaded them. */
  readonly isUploaded: boolean
}

/**
 * Gives the files their final names, and records the delivery. A manifest must never name a file by a checksum that it does
 * not have, so the manifest is removed before a file of its day is replaced.
 */
export async function putInPlace(
  deps: PublicationDependencies,
  session: ServerSession,
  intent: Intent,
  { manifest, hidden, isUploaded }: Placement,
): Promise<Published> {
  try {
    await step(deps, intent, 'withdraw')
    if (manifest !== undefined) await session.remove(manifest)
    for (const file of hidden) {
      await step(deps, intent, 'rename')
      await session.replace(file.hidden, file.path, { isUploaded })
    }
    await removeStale(deps, session, intent)
    return await record(deps, intent)
  } catch (error) {
    // A stale attempt may have withdrawn the manifest that its successor had published. It is pending again.
    await deps.manifests.announceChange(intent.tenantId, intent.to)
    if (isRefusal(error)) await abandon(deps, session, intent)
    throw error
  }
}

/**
 * Files of an earlier revision of the day may be stored under other names: in another format, or in more parts. A stale attempt
 * must not remove what a later revision has put there.
 */
async function removeStale(deps: PublicationDependencies, session: ServerSession, intent: Intent): Promise<void> {
  for (const path of intent.stale) {
    await deps.publications.requireHeld(intent)
    await removeIfPermitted(deps, session, intent, path)
  }
}

async function record(deps: PublicationDependencies, intent: Intent): Promise<Published> {
  await step(deps, intent, 'record')
  return deps.publications.record(intent)
}

/** The server has refused, so a file has no final name yet. Once the hidden files are removed, it never gets one. */
async function abandon(deps: PublicationDependencies, session: ServerSession, intent: Intent): Promise<void> {
  // A file that is stored under its hidden name has no final name, even where the last revision has the same bytes.
  const { hidden, placed, lost, unknown } = await whereabouts(session, intent)
  if (hidden.length + lost.length + unknown.length === 0) return
  for (const file of hidden) await removeIfPermitted(deps, session, intent, file.hidden)
  await giveUp(deps, session, intent, { placed, unknown })
}

/**
 * Every file under a final name is in the ledger, so what was put in place for this intent is removed again. What may have been
 * put there stays, and no manifest names it.
 */
export async function giveUp(
  deps: PublicationDependencies,
  session: ServerSession,
  intent: Intent,
  { placed, unknown }: Pick<Whereabouts, 'placed' | 'unknown'>,
): Promise<void> {
  for (const { path } of placed) {
    await deps.publications.requireHeld(intent)
    await removeIfPermitted(deps, session, intent, path)
  }
  await drop(
    deps,
    intent,
    [...placed, ...unknown].map(({ path }) => path),
  )
}

/** `replaced`: where an earlier revision was replaced by the dropped file, or may have been. */
export async function drop(
  { publications, events }: PublicationDependencies,
  intent: Intent,
  replaced: readonly string[],
): Promise<void> {
  const outcome = await publications.drop(intent, replaced)
  if (outcome !== 'dropped before') events.intentDropped(intent, outcome === 'dropped, with a loss')
}
