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
import type { SettledEntity } from '../src/contracts.js'
import { isRefusal, isSuperseded, removeIfPermitted } from './refusal.js'
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
  const hidden = intent.files.flatMap((each) => (each.hidden === null ? [] : [{ ...each, hidden: each.hidden }]))
  return putInPlace(deps, session, intent, { manifest: intent.manifest, hidden, isUploaded: true })
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
    if (isSuperseded(error)) for (const hidden of file.hidden) await removeIfPermitted(deps, session, claim, hidden)
    throw error
  }
}

/**
 * Completes what an earlier attempt was about to publish. Undefined where that can't be done: then the intent is dropped, and
 * its window is extracted again. Every intent is settled by this, unless the server or the database can't be reached.
 */
export async function settle(
  deps: ActivityDependencies,
  session: SftpSession,
  intent: Intent,
): Promise<Published | undefined> {
  try {
    return await completeOrGiveUp(deps, session, intent)
  } catch (error) {
    if (!isRefusal(error) && !isSuperseded(error)) throw error
    // The server refuses for good, or another run has moved the watermark. What was renamed until then is not known.
    await drop(
      deps,
      intent,
      intent.files.map(({ path }) => path),
    )
    return undefined
  }
}

async function completeOrGiveUp(
  deps: ActivityDependencies,
  session: SftpSession,
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

/** A file of an intent whose hidden name is known. */
interface HiddenFile extends IntendedFile {
  readonly hidden: string
}

interface Whereabouts {
  /** Whole under their hidden names. */
  readonly hidden: readonly HiddenFile[]
  /** Under their final names. */
  readonly placed: readonly IntendedFile[]
  readonly lost: readonly IntendedFile[]
  /** The server answers nothing that would tell. */
  readonly unknown: readonly IntendedFile[]
}

/** An earlier attempt may have renamed some of the files, and not all. */
async function whereabouts(session: SftpSession, { files }: Intent): Promise<Whereabouts> {
  const hidden: HiddenFile[] = []
  const others = { placed: [] as IntendedFile[], lost: [] as IntendedFile[], unknown: [] as IntendedFile[] }
  for (const file of files) {
    const isHidden = await answered(async () => isWholeHidden(session, file))
    if (isHidden === true) hidden.push({ ...file, hidden: file.hidden ?? '' })
    else others[await placeOf(session, file, isHidden === 'unknown')].push(file)
  }
  return { hidden, ...others }
}

async function isWholeHidden(session: SftpSession, { hidden, bytes }: IntendedFile): Promise<boolean> {
  return hidden !== null && (await session.size(hidden)) === bytes
}

/** Where a file is that is not seen whole under its hidden name; `mayBeHidden`: the server did not say whether it is. */
async function placeOf(
  session: SftpSession,
  file: IntendedFile,
  mayBeHidden: boolean,
): Promise<'placed' | 'lost' | 'unknown'> {
  const isPlaced = await answered(() => isInPlace(session, file))
  if (isPlaced === true) return 'placed'
  return isPlaced === 'unknown' || mayBeHidden ? 'unknown' : 'lost'
}

/** An answer of the server; `unknown` where it refuses to give one. */
async function answered<T>(ask: () => Promise<T>): Promise<T | 'unknown'> {
  try {
    return await ask()
  } catch (error) {
    if (isRefusal(error)) return 'unknown'
    throw error
  }
}

/**
 * Settles everything that earlier runs of a tenant left, so that windows are planned from what is published. Gives what was
 * published by it.
 */
export async function settleAll(
  deps: ActivityDependencies,
  tenantId: string,
  signal: AbortSignal,
): Promise<readonly SettledEntity[]> {
  const settled: SettledEntity[] = []
  for (const left of await deps.deliveries.unsettled(tenantId)) {
    const intent = await deps.deliveries.takeOver(left)
    if (!intent) continue
    const published = await deps.sftp.session(signal, (session) => settleUnlessTaken(deps, session, intent))
    deps.events.intentSettled(intent, published !== undefined)
    if (published)
      settled.push({ ...published, runId: intent.runId, entity: intent.entity, to: intent.to.toISOString() })
  }
  return settled
}

/** An intent that another attempt has taken over is that one's to settle. */
async function settleUnlessTaken(
  deps: ActivityDependencies,
  session: SftpSession,
  intent: Intent,
): Promise<Published | undefined> {
  try {
    return await settle(deps, session, intent)
  } catch (error) {
    if (isSuperseded(error)) return undefined
    throw error
  }
}

/** What is still to be done for an intent. */
interface Placement {
  /** The manifest that is published now, which must be withdrawn first. */
  readonly manifest: string | undefined
  /** The files that have not got their final names yet. */
  readonly hidden: readonly HiddenFile[]
  /** Whether this session has uploaded them. */
  readonly isUploaded: boolean
}

/**
 * A manifest must never name a file by a checksum that it no longer has: before a file of the day is replaced, the
 * manifest is removed, if one is published.
 */
async function putInPlace(
  deps: ActivityDependencies,
  session: SftpSession,
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
    // A stale attempt may have withdrawn the manifest that its successor had published: it is due again.
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
  // A file that is stored under its hidden name has not got there, also where the last revision has the very same bytes.
  const { hidden, placed, lost, unknown } = await whereabouts(session, intent)
  if (hidden.length + lost.length + unknown.length === 0) return
  for (const file of hidden) await removeIfPermitted(deps, session, intent, file.hidden)
  await giveUp(deps, session, intent, { placed, unknown })
}

/**
 * A file under a final name is always one that the ledger knows: what was put in place of this one is removed again. What may
 * have been put there stays, and no manifest names it.
 */
async function giveUp(
  deps: ActivityDependencies,
  session: SftpSession,
  intent: Intent,
  { placed, unknown }: Pick<Whereabouts, 'placed' | 'unknown'>,
): Promise<void> {
  for (const { path } of placed) {
    await deps.deliveries.requireHeld(intent)
    await removeIfPermitted(deps, session, intent, path)
  }
  await drop(
    deps,
    intent,
    [...placed, ...unknown].map(({ path }) => path),
  )
}

async function drop(deps: ActivityDependencies, intent: Intent, replaced: readonly string[]): Promise<void> {
  const outcome = await deps.deliveries.drop(intent, replaced)
  if (outcome !== 'dropped before') deps.events.intentDropped(intent, outcome === 'dropped, with a loss')
}

/**
 * Whether the file under the final name is the one that was meant. A server that permits no reads tells its size alone: that
 * decides, unless an earlier revision has the same size and other content.
 */
async function isInPlace(
  session: SftpSession,
  { path, bytes, sha256, looksLikeEarlier }: IntendedFile,
): Promise<boolean> {
  if ((await session.size(path)) !== bytes) return false
  const found = await answered(() => hashOf(session, path))
  if (found !== 'unknown') return found === sha256
  if (!looksLikeEarlier) return true
  throw new ExportError('SFTP_PERMISSION_DENIED', `${path} may not be read, and an earlier revision has the same size.`)
}

async function hashOf(session: SftpSession, path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of session.fetch(path)) hash.update(piece)
  return hash.digest('hex')
}
