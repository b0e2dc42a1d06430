import { createHash } from 'node:crypto'
import type {
  AnnouncedIntent,
  Claim,
  FinishedFile,
  IntendedFile,
  Intent,
  Published,
} from '../src/database/delivery-store.js'
import { ExportError } from '../src/domain/errors.js'
import type { SftpSession } from '../src/sftp/sftp.js'
import type { ActivityDependencies } from './dependencies.js'
import { isRefusal, removeIfPermitted } from './refusal.js'
import { step } from './step.js'

/**
 * Publishes a file that lies whole under its hidden name. What is about to happen is put on record first; so whoever
 * comes after a crash knows what the file under the final name is, or is about to be, and brings it to an end.
 */
export async function publish(
  deps: ActivityDependencies,
  session: SftpSession,
  claim: Claim,
  file: FinishedFile,
): Promise<Published> {
  await step(deps, claim, 'intend')
  const intent = await intend(deps, session, claim, file)
  return putInPlace(deps, session, intent, intent.manifest)
}

/** Whoever was left behind removes its hidden files: its successor has removed what was noted, and notes it no more. */
async function intend(
  deps: ActivityDependencies,
  session: SftpSession,
  claim: Claim,
  file: FinishedFile,
): Promise<AnnouncedIntent> {
  try {
    return await deps.deliveries.intend(claim, file)
  } catch (error) {
    if (error instanceof ExportError && error.code === 'SUPERSEDED')
      for (const hidden of file.hidden) await removeIfPermitted(deps, session, claim, hidden)
    throw error
  }
}

/**
 * Brings to an end what somebody else was about to publish. Undefined where that can't be: then the intent is dropped,
 * and its window is to be extracted again.
 */
export async function settle(
  deps: ActivityDependencies,
  session: SftpSession,
  intent: Intent,
): Promise<Published | undefined> {
  const { hidden, placed, lost } = await whereabouts(session, intent)
  if (lost.length === 0) {
    const manifest = await deps.manifests.announceChange(intent.tenantId, intent.to)
    return putInPlace(deps, session, intent, manifest, hidden)
  }
  await giveUp(deps, session, intent, placed)
  return undefined
}

interface Whereabouts {
  /** Whole under their hidden names. */
  readonly hidden: readonly IntendedFile[]
  /** Under their final names. */
  readonly placed: readonly IntendedFile[]
  readonly lost: readonly IntendedFile[]
}

/** Somebody may have renamed some of the files, and not all. */
async function whereabouts(session: SftpSession, { files }: Intent): Promise<Whereabouts> {
  const found = { hidden: [] as IntendedFile[], placed: [] as IntendedFile[], lost: [] as IntendedFile[] }
  for (const file of files) {
    if ((await session.size(file.hidden)) === file.bytes) found.hidden.push(file)
    else if (await isInPlace(session, file)) found.placed.push(file)
    else found.lost.push(file)
  }
  return found
}

/** Settles everything that earlier runs of a tenant left, so that windows are planned from what is published. */
export async function settleAll(deps: ActivityDependencies, tenantId: string, signal: AbortSignal): Promise<void> {
  for (const left of await deps.deliveries.unsettled(tenantId)) {
    const intent = await deps.deliveries.takeOver(left)
    if (!intent) continue
    const published = await deps.sftp.session(signal, (session) => settleOrDrop(deps, session, intent))
    deps.events.intentSettled(intent, published !== undefined)
  }
}

/** A server that refuses for good must not keep the tenant's runs from being planned for ever. */
async function settleOrDrop(
  deps: ActivityDependencies,
  session: SftpSession,
  intent: Intent,
): Promise<Published | undefined> {
  try {
    return await settle(deps, session, intent)
  } catch (error) {
    if (isRefusal(error)) return undefined
    throw error
  }
}

/**
 * A manifest must never name a file by a checksum that it no longer has: before a file of the day is replaced, the
 * manifest goes, if one is published. `hidden` are the files that have not got their final names yet.
 */
async function putInPlace(
  deps: ActivityDependencies,
  session: SftpSession,
  intent: Intent,
  manifest: string | undefined,
  hidden = intent.files,
): Promise<Published> {
  try {
    await step(deps, intent, 'withdraw')
    if (manifest !== undefined) await session.remove(manifest)
    for (const file of hidden) {
      await step(deps, intent, 'rename')
      await session.replace(file.hidden, file.path)
    }
    await removeStale(deps, session, intent)
    return await record(deps, intent)
  } catch (error) {
    // Whoever was left behind may have withdrawn the manifest that its successor had published: it is due again.
    await deps.manifests.announceChange(intent.tenantId, intent.to)
    if (isRefusal(error)) await abandon(deps, session, intent)
    throw error
  }
}

/**
 * An earlier revision of the day may lie under other names: of another format, or in more parts. Whoever was left behind
 * must take nothing away that a later revision has put there.
 */
async function removeStale(deps: ActivityDependencies, session: SftpSession, intent: Intent): Promise<void> {
  for (const path of intent.stale) {
    await deps.deliveries.requireHeld(intent)
    await removeIfPermitted(deps, session, intent, path)
  }
}

async function record(deps: ActivityDependencies, intent: Intent): Promise<Published> {
  await step(deps, intent, 'record')
  return deps.deliveries.record(intent)
}

/** The server has said no, so that a file has not got its final name. Without their hidden files none ever will. */
async function abandon(deps: ActivityDependencies, session: SftpSession, intent: Intent): Promise<void> {
  // A file that lies under its hidden name has not got there, also where the last revision has the very same bytes.
  const { hidden, placed, lost } = await whereabouts(session, intent)
  if (hidden.length + lost.length === 0) return
  for (const file of hidden) await removeIfPermitted(deps, session, intent, file.hidden)
  await giveUp(deps, session, intent, placed)
}

/** A file under a final name is always one that the ledger knows: what was put in place of this one goes again. */
async function giveUp(
  deps: ActivityDependencies,
  session: SftpSession,
  intent: Intent,
  placed: readonly IntendedFile[],
): Promise<void> {
  for (const { path } of placed) {
    await deps.deliveries.requireHeld(intent)
    await removeIfPermitted(deps, session, intent, path)
  }
  await deps.deliveries.drop(intent)
}

/** Whether the file under the final name is the one that was meant. */
async function isInPlace(session: SftpSession, { path, bytes, sha256 }: IntendedFile): Promise<boolean> {
  if ((await session.size(path)) !== bytes) return false
  const hash = createHash('sha256')
  for await (const piece of session.fetch(path)) hash.update(piece)
  return hash.digest('hex') === sha256
}
