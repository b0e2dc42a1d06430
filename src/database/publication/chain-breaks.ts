import { manifestPath } from '../../domain/delivery-path.js'
import type { LedgerPosition, SettledGap, Witness } from '../../domain/ledger-gap.js'
import { eventStep, step } from '../../domain/ledger-gap.js'
import type { Transaction } from '../client.js'

/** The numbers of an entity that are used up, or may be. */
export interface UsedNumbers {
  readonly sequence: number
  readonly schemaVersion: number
  readonly revision: number
  /** The last day that the revision may have been given on. */
  readonly through: Date
}

export const noNumbers: UsedNumbers = { sequence: 0, schemaVersion: 0, revision: 0, through: new Date(0) }

/** Numbers that no file has had. `lostRuns`: so many runs may have used numbers that are not known. */
export function numbersAbove(used: UsedNumbers, lostRuns = 0): UsedNumbers {
  return {
    sequence: used.sequence + step.sequence + lostRuns,
    schemaVersion: used.schemaVersion + step.schemaVersion + lostRuns,
    revision: used.revision + step.revision + lostRuns,
    // A day that no run has begun yet starts with revision 1.
    through: new Date(Math.max(used.through.getTime(), Date.now())),
  }
}

/** Locks the index of the tenant, and returns how far it has come. */
export async function lockIndex(
  transaction: Transaction,
  tenantId: string,
): Promise<Pick<LedgerPosition, 'revision' | 'lastChange'>> {
  const [row] = await transaction.$queryRaw<{ revision: number; lastChange: number }[]>`
    SELECT revision, last_change::float8 AS "lastChange" FROM export_index WHERE tenant_id = ${tenantId} FOR UPDATE`
  return row ?? { revision: 0, lastChange: 0 }
}

/** The highest numbers of each entity of the tenant in the ledger, of intents too. */
export async function numbersInLedger(
  transaction: Transaction,
  tenantId: string,
): Promise<ReadonlyMap<string, UsedNumbers>> {
  const rows = await transaction.$queryRaw<(UsedNumbers & { readonly entity: string })[]>`
    SELECT entity, max(sequence) AS sequence, max(schema_version) AS "schemaVersion", max(revision) AS revision,
      max(day) AS through
    FROM delivery WHERE tenant_id = ${tenantId} GROUP BY entity`
  return new Map(rows.map((row) => [row.entity, row]))
}

/** Numbers that an earlier gap has used up stay used up. */
export async function breakChains(
  transaction: Transaction,
  tenantId: string,
  broken: ReadonlyMap<string, UsedNumbers>,
): Promise<void> {
  const rows = [...broken].map(([entity, numbers]) => ({ entity, ...numbers }))
  await transaction.$executeRaw`
    INSERT INTO chain_break AS c (tenant_id, entity, found_at, sequence, schema_version, revision, through)
    SELECT ${tenantId}, n.entity, now(), n.sequence, n."schemaVersion", n.revision, n.through::timestamptz::date
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      AS n(entity text, sequence int, "schemaVersion" int, revision int, through text)
    ON CONFLICT (tenant_id, entity) DO UPDATE SET found_at = now(),
      sequence = greatest(c.sequence, excluded.sequence),
      schema_version = greatest(c.schema_version, excluded.schema_version),
      revision = greatest(c.revision, excluded.revision), through = greatest(c.through, excluded.through)`
}

/** Records that files are no longer stored as they were published. */
export async function loseFiles(transaction: Transaction, tenantId: string, ids: readonly string[]): Promise<void> {
  const lostAt = new Date()
  await transaction.lostFile.createMany({
    data: ids.map((deliveryId) => ({ deliveryId, tenantId, lostAt })),
    skipDuplicates: true,
  })
}

const dayMs = 86_400_000
const mostDays = 62

/** Days of which neither the ledger nor the server has a manifest may have had one that a consumer has seen. */
export async function raiseManifests(transaction: Transaction, tenantId: string, revision: number): Promise<void> {
  const last = await transaction.manifest.findFirst({ where: { tenantId }, orderBy: { day: 'desc' } })
  const today = Math.floor(Date.now() / dayMs) * dayMs
  const first = Math.max(last ? last.day.getTime() + dayMs : today, today - mostDays * dayMs)
  const days: Date[] = []
  // Tomorrow has begun in other time zones.
  for (let at = first; at <= today + dayMs; at += dayMs) days.push(new Date(at))
  await transaction.manifest.createMany({
    data: days.map((day) => ({
      ...{ tenantId, day, path: manifestPath(tenantId, day), revision },
      ...{ pending: false, present: false, indexed: true },
    })),
    skipDuplicates: true,
  })
}

/** Events that the ledger lacks have used numbers after the last one that it has. */
export async function skipEventNumbers(transaction: Transaction, tenantId: string): Promise<void> {
  await transaction.$executeRaw`
    INSERT INTO event_position AS p (tenant_id, last) VALUES (${tenantId}, ${eventStep})
    ON CONFLICT (tenant_id) DO UPDATE SET last = p.last + ${eventStep}`
}

/**
 * Discards the publications that were pending in the backup: they may have been completed since, and later files may have
 * replaced theirs. Nothing is removed from the server. An attempt that still holds a claim is fenced.
 */
export async function discardIntents(
  transaction: Transaction,
  tenantId: string,
): Promise<readonly { readonly entity: string; readonly day: Date }[]> {
  const intents = await transaction.$queryRaw<{ entity: string; day: Date }[]>`
    WITH gone AS (
      DELETE FROM delivery WHERE tenant_id = ${tenantId} AND published_at IS NULL RETURNING entity, day, run_id, "to"
    ), fenced AS (
      UPDATE run_entity AS r SET claim = gen_random_uuid() FROM gone AS g
      WHERE r.run_id = g.run_id AND r.entity = g.entity AND r."to" = g."to" RETURNING r.run_id
    )
    SELECT entity, day FROM gone`
  return intents
}

export async function recordGap(
  transaction: Transaction,
  gap: Omit<SettledGap, 'detail'> & { readonly how: string },
): Promise<SettledGap> {
  const { how, ...found } = gap
  const detail = detailOf(found.witness, how, found)
  await transaction.$executeRaw`
    INSERT INTO ledger_gap (tenant_id, found_at, witness, detail)
    VALUES (${found.tenantId}, now(), ${found.witness}, ${detail})
    ON CONFLICT (tenant_id) DO UPDATE SET found_at = now(), witness = excluded.witness, detail = excluded.detail`
  return { ...found, detail }
}

function detailOf(witness: Witness, how: string, { tenantId, entities }: Omit<SettledGap, 'detail'>): string {
  const next =
    entities.length === 0 ? 'No file is missing.' : `The next files of ${entities.join(', ')} are full loads.`
  return `${causeOf(witness, how, tenantId)} ${next}`
}

function causeOf(witness: Witness, how: string, tenantId: string): string {
  if (witness === 'WRONG_WATERMARK') {
    return `The ledger of ${tenantId} contradicts itself: ${how}. So a row was changed by hand.`
  }
  if (witness === 'LATER_RUN') {
    return `The ledger of ${tenantId} lacks runs: ${how}. So Tidemark’s database was restored from an older backup.`
  }
  const restored = witness === 'OLDER_INDEX' ? 'the SFTP server' : 'Tidemark’s database'
  return (
    `The ledger of ${tenantId} and the files on the SFTP server differ: ${how}. ` +
    `So ${restored} was restored from an older backup.`
  )
}
