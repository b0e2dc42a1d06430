import type { Connection } from '@temporalio/client'
import { searchAttributes } from '../contracts.js'
import type { Temporal } from './temporal.js'

/** What an operator wants to know of a Temporal server. */
export interface TemporalState {
  readonly serverVersion: string
  /** Search attributes that runs set, and that are not registered; null if the server does not let Tidemark list them. */
  readonly missingAttributes: readonly string[] | null
  /** The partitions of the task queue; null if the server does not say. More than one makes the turns of tenants inexact. */
  readonly partitions: number | null
  /** Workers that have asked for activities of the task queue in the last minutes. */
  readonly workers: number
}

/** @throws ExportError TEMPORAL_UNAVAILABLE; Temporal's own error if the namespace does not exist */
export async function inspectTemporal(
  temporal: Temporal,
  { namespace, taskQueue }: { readonly namespace: string; readonly taskQueue: string },
): Promise<TemporalState> {
  const serverVersion = await temporal.call('read its version', async ({ connection }) => {
    const { serverVersion: version } = await (connection as Connection).workflowService.getSystemInfo({})
    return version ?? 'unknown'
  })
  await temporal.call(`describe the namespace ${namespace}`, async ({ connection }) => {
    await (connection as Connection).workflowService.describeNamespace({ namespace })
  })
  return {
    serverVersion,
    missingAttributes: await orNull(missingAttributes(temporal, namespace)),
    partitions: await orNull(partitionsOf(temporal, namespace, taskQueue)),
    workers: await workersOf(temporal, namespace, taskQueue),
  }
}

function missingAttributes(temporal: Temporal, namespace: string): Promise<string[]> {
  return temporal.call('list search attributes', async ({ connection }) => {
    const { customAttributes } = await (connection as Connection).operatorService.listSearchAttributes({ namespace })
    return Object.keys(searchAttributes).filter((name) => !(name in (customAttributes ?? {})))
  })
}

function partitionsOf(temporal: Temporal, namespace: string, taskQueue: string): Promise<number> {
  return temporal.call('list partitions', async ({ connection }) => {
    const { activityTaskQueuePartitions } = await (connection as Connection).workflowService.listTaskQueuePartitions({
      namespace,
      taskQueue: { name: taskQueue },
    })
    return activityTaskQueuePartitions?.length ?? 0
  })
}

/** A worker polls several times at once, always with the same identity. */
function workersOf(temporal: Temporal, namespace: string, taskQueue: string): Promise<number> {
  return temporal.call('describe the task queue', async ({ connection }) => {
    const { pollers } = await (connection as Connection).workflowService.describeTaskQueue({
      namespace,
      taskQueue: { name: taskQueue },
      taskQueueType: 2 /* activities */,
    })
    return new Set(pollers?.map(({ identity }) => identity)).size
  })
}

/** Temporal Cloud and servers with an authorizer refuse some questions. */
async function orNull<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer
  } catch (error) {
    if (refusals.has((error as { code?: unknown }).code)) return null
    throw error
  }
}

const refusals: ReadonlySet<unknown> = new Set([
  7 /* PERMISSION_DENIED */, 12 /* UNIMPLEMENTED */, 16 /* UNAUTHENTICATED */,
])
