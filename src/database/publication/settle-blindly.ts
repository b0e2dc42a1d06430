import { manifestPath } from '../../domain/delivery-path.js'
import { blindStep, type SettledGap } from '../../domain/ledger-gap.js'
import type { Transaction } from '../client.js'
import { breakChains, discardIntents, numbersInLedger, recordGap, skipEventNumbers } from './chain-breaks.js'

/** The server does not tell which numbers were used, so all of them rise by a large step. */
export async function settleBlindly(transaction: Transaction, tenantId: string): Promise<SettledGap> {
  const ledger = await numbersInLedger(transaction, tenantId)
  await discardIntents(transaction, tenantId)
  const through = new Date()
  const used = [...ledger].map(([entity, { sequence, schemaVersion, revision }]) => {
    const numbers = {
      sequence: sequence + blindStep.sequence,
      schemaVersion: schemaVersion + blindStep.schemaVersion,
      revision: revision + blindStep.revision,
    }
    return [entity, { ...numbers, through }] as const
  })
  await breakChains(transaction, tenantId, new Map(used))
  const days = await raiseManifests(transaction, tenantId, through)
  await transaction.$executeRaw`
    UPDATE export_index SET revision = revision + ${blindStep.revision}::int,
      last_change = last_change + ${blindStep.change}::bigint
    WHERE tenant_id = ${tenantId}`
  await skipEventNumbers(transaction, tenantId)
  return recordGap(transaction, {
    ...{ tenantId, witness: 'UNKNOWN_RUN', how: 'Temporal has completed runs that the ledger does not know' },
    ...{ entities: used.map(([entity]) => entity).toSorted(), days },
  })
}

/** At most so many days are taken for days whose manifest the ledger lacks. */
const mostDays = 62
const dayMs = 86_400_000

/** The last day of the ledger, and the days since: their manifests may have had revisions that the ledger does not know. */
async function raiseManifests(transaction: Transaction, tenantId: string, now: Date): Promise<number> {
  const last = await transaction.manifest.findFirst({ where: { tenantId }, orderBy: { day: 'desc' } })
  if (!last) return 0
  const raised = { revision: { increment: blindStep.revision }, changes: { increment: 1 }, indexed: false }
  await transaction.manifest.updateMany({
    where: { tenantId, day: last.day },
    data: { ...raised, pending: last.present },
  })
  const first = Math.max(last.day.getTime() + dayMs, Math.floor(now.getTime() / dayMs) * dayMs - mostDays * dayMs)
  const days: Date[] = []
  for (let at = first; at <= now.getTime(); at += dayMs) days.push(new Date(at))
  await transaction.manifest.createMany({
    data: days.map((day) => ({
      ...{ tenantId, day, path: manifestPath(tenantId, day), pending: false, present: false, indexed: true },
      revision: blindStep.revision,
    })),
  })
  return 1 + days.length
}
