import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { DeterminismViolationError } from '@temporalio/workflow'
import { bundleWorkflowCode, DefaultLogger, Worker, type WorkflowBundleWithSourceMap } from '@temporalio/worker'
import { beforeAll, expect, test } from 'vitest'
import { createLogger } from '../../src/telemetry/logger.js'
import { installTemporalRuntime } from '../../src/telemetry/temporal-runtime.js'
import { workflowTracing } from '../../src/telemetry/workflow-tracing.js'

const histories = new URL('./histories/', import.meta.url)
const files = (await readdir(histories)).filter((name) => name.endsWith('.json')).toSorted()

let workflowBundle: WorkflowBundleWithSourceMap
/** Of workers that send traces. */
let tracedBundle: WorkflowBundleWithSourceMap
beforeAll(async () => {
  await installTemporalRuntime(createLogger({ level: 'silent' }))
  workflowBundle = await bundle([])
  tracedBundle = await bundle([workflowTracing()])
})

function bundle(workflowInterceptorModules: string[]): Promise<WorkflowBundleWithSourceMap> {
  const workflowsPath = fileURLToPath(new URL('../../workflows/index.ts', import.meta.url))
  return bundleWorkflowCode({ logger: new DefaultLogger('ERROR'), workflowsPath, workflowInterceptorModules })
}

interface History {
  events: { eventType: string }[]
}

test('a recorded history exists for each outcome of a run, and for a run that waited for later attempts', async () => {
  const ends = await Promise.all(files.map(async (name) => [name, (await history(name)).events.at(-1)?.eventType]))
  expect(ends).toEqual([
    ['cancelled.json', 'EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED'],
    ['partially-failed.json', 'EVENT_TYPE_WORKFLOW_EXECUTION_FAILED'],
    ['succeeded.json', 'EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED'],
    ['waited.json', 'EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED'],
  ])
})

// A run that is under way while a new version is deployed goes on as it began. Where this fails and is meant to, guard
// the change with patched(), or see that no run is under way at the deployment and record anew.
test.each(files)('the workflow replays the recorded history %s', async (name) => {
  await expect(Worker.runReplayHistory({ workflowBundle }, await history(name))).resolves.toBeUndefined()
})

test.each(files)('the workflow with traces replays the recorded history %s', async (name) => {
  const replayed = Worker.runReplayHistory({ workflowBundle: tracedBundle }, await history(name))
  await expect(replayed).resolves.toBeUndefined()
})

test('a history with other commands fails the replay', async () => {
  const text = await readFile(new URL('succeeded.json', histories), 'utf8')
  const altered = JSON.parse(text.replaceAll('"publishManifest"', '"publishSomethingElse"')) as History
  await expect(Worker.runReplayHistory({ workflowBundle }, altered)).rejects.toThrow(DeterminismViolationError)
})

async function history(name: string): Promise<History> {
  return JSON.parse(await readFile(new URL(name, histories), 'utf8')) as History
}
