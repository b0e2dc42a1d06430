import type { Intent, Published } from '../domain/publication.js'
import type { ServerSession } from '../domain/publication-ports.js'
import type { PublicationDependencies } from './dependencies.js'
import { locateFiles } from './locate-files.js'
import { discard, pathsOf, removeAndDiscard, renameAndRecord } from './publish.js'
import { isServerError, isStale } from './server-errors.js'

/**
 * Completes or discards every pending publication of a tenant, so that windows are planned from what is published. Returns the
 * intents that it has completed.
 */
export async function completeOrDiscardAll(
  deps: PublicationDependencies,
  tenantId: string,
  signal: AbortSignal,
): Promise<readonly Intent[]> {
  const completed: Intent[] = []
  for (const pending of await deps.publications.pendingIntents(tenantId)) {
    const intent = await deps.publications.takeOver(pending)
    if (!intent) continue
    const published = await deps.sftp.session(signal, (session) => completeUnlessStale(deps, session, intent))
    if (!published) continue
    deps.events.publicationCompleted(intent)
    completed.push(intent)
  }
  return completed
}

/** If another attempt has taken the intent over, that attempt completes or discards it. */
async function completeUnlessStale(
  deps: PublicationDependencies,
  session: ServerSession,
  intent: Intent,
): Promise<Published | undefined> {
  try {
    return await completeOrDiscard(deps, session, intent)
  } catch (error) {
    if (isStale(error)) return undefined
    throw error
  }
}

/**
 * Completes what an earlier attempt was about to publish. If that is impossible, it discards the intent and returns undefined:
 * then the window is exported again. The intent stays only if the server or the database can't be reached.
 */
export async function completeOrDiscard(
  deps: PublicationDependencies,
  session: ServerSession,
  intent: Intent,
): Promise<Published | undefined> {
  try {
    return await completeIfWhole(deps, session, intent)
  } catch (error) {
    if (!isServerError(error) && !isStale(error)) throw error
    // The server permanently answers with an error, or another run has moved the watermark. Any file may have been renamed.
    await discard(deps, intent, pathsOf(intent.files))
    return undefined
  }
}

async function completeIfWhole(
  deps: PublicationDependencies,
  session: ServerSession,
  intent: Intent,
): Promise<Published | undefined> {
  const files = await locateFiles(session, intent)
  if (files.missing.length + files.unknown.length === 0) {
    const manifest = await deps.publications.announceChange(intent.tenantId, intent.day)
    const work = { manifest, hidden: files.hidden, isUploaded: false }
    const [published] = await renameAndRecord(deps, session, [intent], work)
    return published
  }
  await removeAndDiscard(deps, session, intent, files)
  return undefined
}
