/**
 * A worker in a process of its own, to be killed, stopped or told to end while its runs are held at their steps:
 * HELD_STEPS is a JSON object of steps by tenant. Says on a line when a tenant is held; goes on with them all when a
 * line comes in, and with one of them when its activity is cancelled: so a worker that shuts down does at that step.
 */
import 'reflect-metadata'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { Context } from '@temporalio/activity'
import type { WatchPace } from '../../../src/compose/watch.js'
import { composeWorker } from '../../../src/compose/worker.js'
import { loadConfig } from '../../../src/config/config.js'
import { readEnvironment } from '../../../src/config/env.js'
import type { RunStep } from '../../../src/domain/run-step.js'
import { createHolds } from '../../support/world/holds.js'

const { HELD_STEPS = '{}', WATCH_PACE, WORKFLOW_BUNDLE = '', ...environment } = readEnvironment()
const holds = createHolds(
  JSON.parse(HELD_STEPS) as Record<string, RunStep>,
  (tenantId) => console.log(JSON.stringify({ held: tenantId })),
  () => once(Context.current().cancellationSignal, 'abort'),
)
createInterface({ input: process.stdin }).on('line', () => holds.release())
const pace = WATCH_PACE === undefined ? {} : { pace: JSON.parse(WATCH_PACE) as WatchPace }
const overrides = { onStep: holds.onStep, workflowBundle: WORKFLOW_BUNDLE, ...pace }
const worker = await composeWorker(loadConfig(environment), overrides)
process.on('SIGTERM', () => worker.stop())
console.log(JSON.stringify({ ready: true }))
await worker.run()
await worker[Symbol.asyncDispose]()
process.exit(0)
