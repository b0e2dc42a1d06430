import { createHash } from 'node:crypto'
import type { Claim, FinishedFile, Intent, Published } from '../src/database/delivery-store.js'
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
  return putInPlace(deps, session, await intend(deps, session, claim, file))
}

/** Whoever was left behind removes its hidden file: its successor has removed what was noted, and notes it no more. */
async function intend(
  deps: ActivityDependencies,
  session: SftpSession,
  claim: Claim,
  file: FinishedFile,
): Promise<Intent> {
  try {
    return await deps.deliveries.intend(claim, file)
  } catch (error) {
    if (error instanceof ExportError && error.code === 'SUPERSEDED')
      await removeIfPermitted(deps, session, claim, file.part)
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
  if ((await session.size(intent.part)) === intent.bytes) return putInPlace(deps, session, intent)
  if (await isInPlace(session, intent)) {
    await withdrawManifest(deps, session, intent)
    return record(deps, intent)
  }
  await deps.deliveries.drop(intent)
  return undefined
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
 * manifest goes.
 */
async function putInPlace(deps: ActivityDependencies, session: SftpSession, intent: Intent): Promise<Published> {
  try {
    await withdrawManifest(deps, session, intent)
    await step(deps, intent, 'rename')
    await session.replace(intent.part, intent.path)
    return await record(deps, intent)
  } catch (error) {
    // Whoever was left behind may have withdrawn the manifest that its successor had published: it is due again.
    await deps.manifests.announceChange(intent.tenantId, intent.to)
    if (isRefusal(error)) await abandon(deps, session, intent)
    throw error
  }
}

async function withdrawManifest(deps: ActivityDependencies, session: SftpSession, intent: Intent): Promise<void> {
  const manifest = await deps.manifests.announceChange(intent.tenantId, intent.to)
  await step(deps, intent, 'withdraw')
  if (manifest !== undefined) await session.remove(manifest)
}

async function record(deps: ActivityDependencies, intent: Intent): Promise<Published> {
  await step(deps, intent, 'record')
  return deps.deliveries.record(intent)
}

/** The server has said no, so that the file has not got its final name. Without its hidden file it never will. */
async function abandon(deps: ActivityDependencies, session: SftpSession, intent: Intent): Promise<void> {
  // The last revision may have the very same bytes: only without its hidden file has this one got there.
  const isRenamed = (await session.size(intent.part)) === undefined && (await isInPlace(session, intent))
  if (isRenamed) return
  await removeIfPermitted(deps, session, intent, intent.part)
  await deps.deliveries.drop(intent)
}

/** Whether the file under the final name is the one that was meant. */
async function isInPlace(session: SftpSession, { path, bytes, sha256 }: Intent): Promise<boolean> {
  if ((await session.size(path)) !== bytes) return false
  const hash = createHash('sha256')
  for await (const piece of session.fetch(path)) hash.update(piece)
  return hash.digest('hex') === sha256
}
