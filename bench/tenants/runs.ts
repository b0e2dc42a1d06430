import { randomUUID } from 'node:crypto'
import type { Client } from '@temporalio/client'
import { exportRunWorkflow, type ExportRunResult, runPriority } from '../../src/contracts.js'
import { midnight } from './place.js'

/** A run, started as the API starts one, and its end. */
export interface StartedRun {
  readonly workflowId: string
  /** @throws where anything was not published */
  ended(): Promise<EndedRun>
}

export interface EndedRun {
  readonly files: number
  readonly rows: number
  readonly bytes: number
}

interface RunWish {
  readonly fairnessKey?: string
  /** Entities that are to be read from the beginning, although the day has them already. */
  readonly again?: readonly string[]
  /** Where the windows end. The last midnight by default. */
  readonly to?: Date
}

export async function startRun(
  temporal: Client,
  taskQueue: string,
  tenantId: string,
  { fairnessKey = tenantId, again, to = midnight() }: RunWish = {},
): Promise<StartedRun> {
  const runId = randomUUID()
  const scope = again && { entities: again, fullLoad: true }
  const handle = await temporal.workflow.start(exportRunWorkflow, {
    workflowId: `bench-${runId}`,
    taskQueue,
    args: [{ tenantId, manual: { runId, to: to.toISOString(), ...scope } }],
    priority: runPriority(fairnessKey),
  })
  return {
    workflowId: handle.workflowId,
    ended: async () => {
      const { entities, status } = (await handle.result()) as ExportRunResult
      if (status !== 'SUCCEEDED') throw new Error(`the run of ${tenantId} ended as ${status}`)
      const sum = (of: 'rows' | 'bytes'): number => entities.reduce((all, each) => all + each[of], 0)
      return { files: entities.length, rows: sum('rows'), bytes: sum('bytes') }
    },
  }
}

/** Starts the runs of all tenants at once and waits for the last. */
export async function runAll(
  temporal: Client,
  taskQueue: string,
  tenantIds: readonly string[],
  wish: Pick<RunWish, 'to'> = {},
): Promise<EndedRun & { readonly seconds: number; readonly workflowIds: string[] }> {
  const started = performance.now()
  const runs = await Promise.all(tenantIds.map((tenantId) => startRun(temporal, taskQueue, tenantId, wish)))
  const ended: EndedRun[] = []
  for (const run of runs) ended.push(await run.ended())
  const sum = (of: keyof EndedRun): number => ended.reduce((all, each) => all + each[of], 0)
  return {
    seconds: (performance.now() - started) / 1000,
    workflowIds: runs.map(({ workflowId }) => workflowId),
    files: sum('files'),
    rows: sum('rows'),
    bytes: sum('bytes'),
  }
}
