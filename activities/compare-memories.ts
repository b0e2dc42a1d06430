import { Context } from '@temporalio/activity'
import type { PlanRunInput } from '../src/contracts.js'
import { hasLostRuns, type LastRun } from '../src/domain/ledger-gap.js'
import { compareWithServer } from '../src/publication/index.js'
import type { ActivityDependencies } from './dependencies.js'
import { isServerAway } from './known-server.js'

/**
 * Compares the ledger with the index on the SFTP server and with the last run in Temporal, and settles what shows that one of them
 * is older. Call it before anything is written for the tenant: a restored ledger would use numbers again.
 */
export async function compareMemories(deps: ActivityDependencies, input: PlanRunInput): Promise<void> {
  const { tenantId } = input
  const last = await lastRun(deps, input)
  // The server first: it has the files of lost runs, and Temporal only their last number.
  await compareIfReachable(deps, tenantId, last)
  if (last && (await isBehind(deps, tenantId, last))) {
    const gap = await deps.ledgerGaps.settleLostRuns(tenantId, last)
    if (gap) deps.events.ledgerGapSettled(gap)
  }
  const gap = await deps.ledgerGaps.settleWatermarks(tenantId)
  if (gap) deps.events.ledgerGapSettled(gap)
}

/** A requested run is not one of the schedule, so it has to ask Temporal. */
async function lastRun(deps: ActivityDependencies, input: PlanRunInput): Promise<LastRun | undefined> {
  const last = input.manual ? await deps.lastScheduledRun(input.tenantId) : input.lastRun
  return last?.position.installation === (await deps.installation.id()) ? last : undefined
}

/**
 * If the server is away, the run is planned all the same: its attempts wait for the server, and compare before they publish. A run
 * whose ledger has lost runs waits here.
 */
async function compareIfReachable(
  deps: ActivityDependencies,
  tenantId: string,
  last: LastRun | undefined,
): Promise<void> {
  const signal = Context.current().cancellationSignal
  try {
    await compareWithServer(deps, tenantId, signal)
  } catch (error) {
    if (signal.aborted || !isServerAway(error)) throw error
    if (last && (await isBehind(deps, tenantId, last))) throw error
    deps.events.ledgerNotCompared(tenantId, error)
  }
}

async function isBehind({ ledgerGaps }: ActivityDependencies, tenantId: string, last: LastRun): Promise<boolean> {
  return hasLostRuns(await ledgerGaps.position(tenantId), last)
}
