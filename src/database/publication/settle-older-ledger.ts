import { manifestPath } from '../../domain/delivery-path.js'
import { type ComparedDay, step, type SettledGap, type StoredFile, type StoredState } from '../../domain/ledger-gap.js'
import type { Transaction } from '../client.js'
import {
  breakChains,
  discardIntents,
  lockIndex,
  loseFiles,
  noNumbers,
  numbersAbove,
  numbersInLedger,
  raiseManifests,
  recordGap,
  skipEventNumbers,
  type UsedNumbers,
} from './chain-breaks.js'

/** Takes over the days, and the numbers of the files, that the server has and the ledger lacks. */
export async function settleOlderLedger(
  transaction: Transaction,
  tenantId: string,
  { index, days }: StoredState,
): Promise<SettledGap | undefined> {
  const before = await lockIndex(transaction, tenantId)
  // A number is in the ledger before the index gets its name, so the ledger that is read after the index shows the truth.
  if (index.revision <= before.revision && index.lastChange <= before.lastChange) return undefined
  const ledger = await numbersInLedger(transaction, tenantId)
  const intents = await discardIntents(transaction, tenantId)
  const published = await publishedOn(transaction, tenantId, [...days, ...index.files, ...intents])
  const isKnown = (file: StoredFile): boolean =>
    published.some((each) => isOfFile(each, file) && each.revision === file.revision)
  const named = days.flatMap(({ manifest }) => manifest?.files ?? [])
  const unknown = [...index.files, ...named].filter((file) => !isKnown(file))
  const replaced = published.filter(
    (each) => [...unknown, ...intents].some((file) => isOfFile(each, file)) || isGone(each, days),
  )
  await loseFiles(
    transaction,
    tenantId,
    replaced.map(({ id }) => id),
  )
  const broken = new Map<string, UsedNumbers>()
  for (const { entity } of [...unknown, ...intents, ...replaced]) {
    broken.set(entity, numbersAbove(usedNumbers(ledger.get(entity), [...unknown, ...index.files], entity)))
  }
  await breakChains(transaction, tenantId, broken)
  for (const day of days) await takeDay(transaction, tenantId, day)
  await raiseManifests(transaction, tenantId, step.revision)
  await takeIndex(transaction, tenantId, { index, days })
  await skipEventNumbers(transaction, tenantId)
  const how = `the index has revision ${index.revision}, the ledger has ${before.revision}`
  return recordGap(transaction, {
    ...{ tenantId, witness: 'NEWER_INDEX', how },
    ...{ entities: [...broken.keys()].toSorted(), days: days.length },
  })
}

interface PublishedFile {
  readonly id: string
  readonly entity: string
  readonly day: Date
  readonly revision: number
}

async function publishedOn(
  transaction: Transaction,
  tenantId: string,
  days: readonly { readonly day: Date }[],
): Promise<PublishedFile[]> {
  return transaction.delivery.findMany({
    where: { tenantId, day: { in: days.map(({ day }) => day) }, publishedAt: { not: null } },
    select: { id: true, entity: true, day: true, revision: true },
  })
}

function isOfFile(published: PublishedFile, { entity, day }: { readonly entity: string; readonly day: Date }): boolean {
  return published.entity === entity && published.day.getTime() === day.getTime()
}

/** Whether the later manifest of the day no longer names a file of the entity. */
function isGone(published: PublishedFile, days: readonly ComparedDay[]): boolean {
  const compared = days.find(({ day }) => day.getTime() === published.day.getTime())
  if (!compared?.manifest) return false
  return !compared.manifest.files.some(({ entity }) => entity === published.entity)
}

/** What the ledger and the server know of the numbers of an entity. */
function usedNumbers(known: UsedNumbers = noNumbers, files: readonly StoredFile[], entity: string): UsedNumbers {
  const own = files.filter((file) => file.entity === entity)
  return {
    sequence: Math.max(known.sequence, ...own.map((file) => file.sequence)),
    schemaVersion: Math.max(known.schemaVersion, ...own.map((file) => file.schemaVersion)),
    revision: Math.max(known.revision, ...own.map((file) => file.revision)),
    through: new Date(Math.max(known.through.getTime(), ...own.map(({ day }) => day.getTime()))),
  }
}

/** The row of a day is what the server has of it. Its manifest is written only if the server has none. */
async function takeDay(
  transaction: Transaction,
  tenantId: string,
  { day, listed, manifest }: ComparedDay,
): Promise<void> {
  const where = { tenantId_day: { tenantId, day } }
  const known = await transaction.manifest.findUnique({ where })
  const found = manifest ?? listed
  if (!found) return
  const isListed = listed !== undefined && manifest?.sha256 === listed.sha256
  const stored = {
    revision: Math.max(known?.revision ?? 0, manifest?.revision ?? 0, listed?.revision ?? 0),
    bytes: found.bytes,
    sha256: found.sha256,
    // The manifest has the time of its last file, the index the time at which the manifest was published.
    publishedAt: isListed ? listed.publishedAt : found.publishedAt,
    change: BigInt(listed?.change ?? 0),
    indexed: isListed,
    pending: known !== null && manifest === undefined,
    present: true,
  }
  const removed = { present: false, pending: false, indexed: true, removedAt: new Date(), removedThrough: new Date() }
  const data = listed?.isRemoved ? { ...stored, ...removed } : stored
  await transaction.manifest.upsert({
    where,
    create: { tenantId, day, path: manifestPath(tenantId, day), ...data },
    update: { ...data, changes: { increment: 1 } },
  })
}

/** The index on the server stays until the run has written its files, or failed. */
async function takeIndex(
  transaction: Transaction,
  tenantId: string,
  { index: { revision, lastChange, bytes, sha256, signedBy } }: StoredState,
): Promise<void> {
  await transaction.$executeRaw`
    INSERT INTO export_index AS i
      (tenant_id, revision, written, last_change, bytes, sha256, signed_by, reserved_at, written_at)
    VALUES (${tenantId}, ${revision + step.revision}::int, ${revision}::int, ${lastChange + step.change}::bigint,
      ${bytes}::bigint, ${sha256}, ${signedBy}, now(), now())
    ON CONFLICT (tenant_id) DO UPDATE SET revision = greatest(i.revision, excluded.revision), written = excluded.written,
      last_change = greatest(i.last_change, excluded.last_change), bytes = excluded.bytes, sha256 = excluded.sha256,
      signed_by = excluded.signed_by, contracts = '{}', reserved_at = now(), written_at = now()`
}
