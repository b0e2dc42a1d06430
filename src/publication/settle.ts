import type { EntityWindow, Intent, Published } from '../domain/publication.js'
import type { ServerSession } from '../domain/publication-ports.js'
import type { PublicationDependencies } from './dependencies.js'
import { drop, giveUp, putInPlace } from './place.js'
import { isRefusal, isSuperseded } from './refusal.js'
import { whereabouts } from './whereabouts.js'

/**
 * Completes what an earlier attempt was about to publish. Undefined where that is impossible: then the intent is dropped, and
 * its window is exported again. The intent stays only where the server or the database can't be reached.
 */
export async function settle(
  deps: PublicationDependencies,
  session: ServerSession,
  intent: Intent,
): Promise<Published | undefined> {
  try {
    return await completeOrGiveUp(deps, session, intent)
  } catch (error) {
    if (!isRefusal(error) && !isSuperseded(error)) throw error
    // The server refuses permanently, or another run has moved the watermark. Any of the files may have been renamed.
    await drop(
      deps,
      intent,
      intent.files.map(({ path }) => path),
    )
    return undefined
  }
}

async function completeOrGiveUp(
  deps: PublicationDependencies,
  session: ServerSession,
  intent: Intent,
): Promise<Published | undefined> {
  const { hidden, placed, lost, unknown } = await whereabouts(session, intent)
  if (lost.length + unknown.length === 0) {
    const manifest = await deps.manifests.announceChange(intent.tenantId, intent.to)
    return putInPlace(deps, session, intent, { manifest, hidden, isUploaded: false })
  }
  await giveUp(deps, session, intent, { placed, unknown })
  return undefined
}

/** A window that was published by settling its intent. */
export interface SettledWindow extends EntityWindow, Published {}

/** Settles every intent of a tenant, so that windows are planned from what is published. Returns what that has published. */
export async function settleAll(
  deps: PublicationDependencies,
  tenantId: string,
  signal: AbortSignal,
): Promise<readonly SettledWindow[]> {
  const settled: SettledWindow[] = []
  for (const left of await deps.publications.unsettled(tenantId)) {
    const intent = await deps.publications.takeOver(left)
    if (!intent) continue
    const published = await deps.sftp.session(signal, (session) => settleUnlessTaken(deps, session, intent))
    deps.events.intentSettled(intent, published !== undefined)
    const { runId, entity, to } = intent
    if (published) settled.push({ runId, tenantId, entity, to, ...published })
  }
  return settled
}

/** Where another attempt has taken the intent over, that attempt settles it. */
async function settleUnlessTaken(
  deps: PublicationDependencies,
  session: ServerSession,
  intent: Intent,
): Promise<Published | undefined> {
  try {
    return await settle(deps, session, intent)
  } catch (error) {
    if (isSuperseded(error)) return undefined
    throw error
  }
}
