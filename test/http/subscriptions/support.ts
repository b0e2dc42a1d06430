import type { AddressInfo } from 'node:net'
import { loadCatalog } from '../../../src/catalog/load.js'
import type { Run } from '../../../src/domain/run.js'
import type { TokenOptions } from '../../support/api/token-authority.js'
import { startApi, type TestApi } from '../../support/api/api.js'
import { fakeRuns } from '../../support/api/fake-use-cases.js'
import { sampleRun } from '../../support/api/samples.js'

export const follow =
  'subscription ($id: ID!) { exportRunUpdated(id: $id) { id status progress { entitiesDone rows } } }'

/** A server that listens, with one run whose states the test sets. */
export interface ScriptedApi extends TestApi {
  readonly port: number
  /** Replaces the run by this one. */
  set(run: Partial<Run>): void
  /** How often a run was read. */
  reads(id?: string): number
  sign(options?: TokenOptions): Promise<string>
}

const catalog = await loadCatalog(undefined)
export const runId = 'run-1'
/** A run that goes on. */
export const otherRunId = 'run-2'
export const running = { id: runId, status: 'RUNNING', finishedAt: null } as const

export async function startScriptedApi(overrides: Parameters<typeof startApi>[0] = {}): Promise<ScriptedApi> {
  const kept = [sampleRun(running), sampleRun({ ...running, id: otherRunId })]
  const reads = new Map<string, number>()
  const fake = fakeRuns(catalog, kept)
  const runs: typeof fake = {
    ...fake,
    find: (actor, id) => {
      reads.set(id, (reads.get(id) ?? 0) + 1)
      return fake.find(actor, id)
    },
  }
  const api = await startApi({ runs, ...overrides })
  await api.app.listen({ port: 0, host: '127.0.0.1' })
  return {
    ...api,
    port: (api.app.server.address() as AddressInfo).port,
    set: (run) => void kept.splice(0, 1, sampleRun({ ...running, ...run })),
    reads: (id = runId) => reads.get(id) ?? 0,
    sign: (options) => api.authority.sign(options),
  }
}
