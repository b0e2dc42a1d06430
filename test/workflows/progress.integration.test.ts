import { defaultPayloadConverter } from '@temporalio/common'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Progress } from '../../activities/progress-meter.js'
import { attack } from '../support/attacks.js'
import { eventually } from '../support/eventually.js'
import type { TestTenant } from '../support/world/tenant.js'
import { createWorld, type World } from '../support/world/world.js'

let world: World
let tenant: TestTenant
beforeAll(async () => {
  world = await createWorld()
  tenant = await world.tenant({ rows: { user: 40_000, site_category: 2 } })
  await tenant.register({ entityList: 'user, site category', frequency: 'DAILY' })
})
afterEach(() => {
  world.sftp.proxy.mend()
  world.sftp.proxy.throttle(Infinity)
})
afterAll(() => world[Symbol.asyncDispose]())

const attemptOf = async (runId: string, name: string) =>
  (await tenant.find(runId)).entities.find(({ entity }) => entity === name)?.attempt

/** What the Temporal UI shows of the activity that exports an entity. */
async function heartbeatOf(workflowId: string, entity: string): Promise<Progress | undefined> {
  const { raw } = await world.temporal.workflow.getHandle(workflowId).describe()
  const payloads = raw.pendingActivities?.flatMap(({ heartbeatDetails }) => heartbeatDetails?.payloads ?? []) ?? []
  const details = payloads.map((payload) => defaultPayloadConverter.fromPayload<Progress | null>(payload))
  return details.find((each) => each?.entity === entity) ?? undefined
}

test('a slow upload shows its rows, bytes, rate and step in the database and in the Temporal UI', async () => {
  attack({ name: 'a slow line to the SFTP server: progress' })
  world.sftp.proxy.throttle(150_000)
  const run = await tenant.startRun()
  const shown = await eventually('a heartbeat of the upload', async () => {
    const details = await heartbeatOf(run.workflowId, 'user')
    return details?.step === 'upload' && details.rows > 0 && details
  })
  expect(shown).toMatchObject({ entity: 'user', changedAt: expect.stringMatching(/Z$/) })
  expect(shown.bytes).toBeGreaterThan(0)
  const first = await eventually('progress on record', async () => {
    const attempt = await attemptOf(run.id, 'user')
    return attempt?.step === 'upload' && attempt.bytes > 0n && attempt
  })
  const later = await eventually('more progress', async () => {
    const attempt = await attemptOf(run.id, 'user')
    return attempt && attempt.bytes > first.bytes && attempt
  })
  expect(later.bytesPerSecond).toBeGreaterThan(0)
  expect(later.changedAt.getTime()).toBeGreaterThan(first.changedAt.getTime())
  world.sftp.proxy.throttle(Infinity)
  expect((await tenant.finished(run.id)).status).toBe('SUCCEEDED')
})

test('an upload that hangs shows rate 0, and its numbers go back to zero when the attempt fails', async () => {
  attack({ name: 'a line to the SFTP server that hangs: progress' })
  await world.stopWorkers()
  await world.startWorker({ SFTP_TIMEOUT_SECONDS: '20' })
  world.sftp.proxy.throttle(150_000)
  const run = await tenant.startRun()
  await eventually('progress of the upload', async () => {
    const attempt = await attemptOf(run.id, 'user')
    return attempt?.step === 'upload' && attempt.rowsPerSecond > 0
  })
  world.sftp.proxy.blackHole()
  const hanging = await eventually('rate 0', async () => {
    const attempt = await attemptOf(run.id, 'user')
    return attempt?.step === 'upload' && attempt.bytesPerSecond === 0 && attempt
  })
  expect(hanging.bytes).toBeGreaterThan(0n)
  await eventually('the failure of the attempt', async () => {
    const attempt = await attemptOf(run.id, 'user')
    return attempt?.step === null && attempt.bytes === 0n
  })
  world.sftp.proxy.mend()
  world.sftp.proxy.throttle(Infinity)
  expect((await tenant.finished(run.id)).status).toBe('SUCCEEDED')
})
