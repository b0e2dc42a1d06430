import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CheckResult } from '../../src/compose/doctor.js'
import { scheduleId } from '../../src/contracts.js'
import { startProgram } from '../support/programs/program.js'
import { createWorld, type World } from '../support/world/world.js'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world[Symbol.asyncDispose]())

async function doctor(...words: string[]): Promise<{ code: number | null; checks: CheckResult[]; text: string }> {
  const command = startProgram('cli', ['doctor', ...words, '--json'], world.environment)
  const code = await command.exitCode()
  const result = command.result()
  return { code, checks: result === '' ? [] : (JSON.parse(result) as CheckResult[]), text: command.output() }
}

const troubles = (checks: readonly CheckResult[]) =>
  checks.filter(({ state }) => state !== 'ok').map(({ name, message }) => [name, message])

test('doctor --tenant explains what keeps a tenant from its files, and --fix repairs it without a file', async () => {
  const tenant = await world.tenant({ rows: { user: 3 } })
  await tenant.register({ entityList: 'user' })
  await tenant.runNow()
  const well = await doctor('--tenant', tenant.id)
  expect([well.code, troubles(well.checks)]).toEqual([0, []])

  await world.sql(`UPDATE tidemark.watermark SET "to" = "to" + interval '1 day' WHERE tenant_id = $1`, [tenant.id])
  await world.sql(
    `INSERT INTO tidemark.run (id, tenant_id, workflow_id, trigger, status, "to", day, registration_version, queued_at)
     SELECT gen_random_uuid(), tenant_id, 'lost', 'MANUAL', 'QUEUED', "to", day, 1, queued_at - interval '1 hour'
     FROM tidemark.run WHERE tenant_id = $1`,
    [tenant.id],
  )
  await world.temporal.schedule.getHandle(scheduleId(tenant.id)).delete()
  const broken = await doctor('--tenant', tenant.id)
  expect(troubles(broken.checks)).toEqual([
    ['schedule', 'Temporal does not have it.'],
    ['runs', expect.stringMatching(/^On record as unfinished, and unknown to Temporal: /)],
    ['watermarks', expect.stringMatching(/^Not the end of a published file: user \(.*\)\. A full load follows\.$/)],
  ])

  const files = (await tenant.files()).length
  const fixed = await doctor('--tenant', tenant.id, '--fix')
  expect(fixed.text).toMatch(/Ended run .*: RUN_LOST\.\n.*\nRun .* exports nothing/)
  expect([fixed.code, troubles(fixed.checks)]).toEqual([
    0,
    [['watermarks', 'The chain is broken, and a full load follows: user.']],
  ])
  expect((await tenant.files()).length).toBe(files)
  expect((await tenant.runNow()).entities).toMatchObject([{ mode: 'FULL', fullLoadReason: 'LEDGER_RESTORED' }])
  const after = await doctor('--tenant', tenant.id)
  expect([after.code, troubles(after.checks)]).toEqual([0, []])
})

test('doctor --tenant says that a tenant has no registration, and refuses an invalid id', async () => {
  const { code, checks } = await doctor('--tenant', 'unknown-tenant')
  expect([code, troubles(checks)]).toEqual([
    0,
    [['registration', expect.stringMatching(/^There is no registration\./)]],
  ])
  expect((await doctor('--tenant', '../x')).code).not.toBe(0)
})
