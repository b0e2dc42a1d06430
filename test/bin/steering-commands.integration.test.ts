import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../support/eventually.js'
import { startProgram } from '../support/programs/program.js'
import { createWorld, type World } from '../support/world/world.js'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world[Symbol.asyncDispose]())

/** Runs a command with `--json`, and returns its exit code and what it printed. */
async function run(...words: string[]): Promise<{ code: number | null; result: unknown; text: string }> {
  const command = startProgram('cli', [...words, '--json'], world.environment)
  const code = await command.exitCode()
  const text = command.result()
  return { code, result: text === '' ? undefined : JSON.parse(text), text: command.output() }
}

test('a failed run is seen by tenants --failing, and retried by retry, once its cause is gone', async () => {
  const tenant = await world.tenant({ rows: { user: 3 } })
  await tenant.register({ entityList: 'user, content' })
  await world.sql('ALTER TABLE analytics.content RENAME COLUMN word_count TO words')
  const failed = await run('run', tenant.id, '--wait')
  expect(failed.code).toBe(1)
  expect(failed.result).toMatchObject({ status: 'PARTIALLY_FAILED' })
  const { result: failing } = await run('tenants', '--failing', '--search', tenant.id)
  expect(failing).toMatchObject([{ tenantId: tenant.id, cause: { code: 'SOURCE_SCHEMA_MISMATCH' } }])

  await world.sql('ALTER TABLE analytics.content RENAME COLUMN words TO word_count')
  const retried = await run('retry', tenant.id, '--wait')
  expect(retried).toMatchObject({ code: 0, result: { status: 'SUCCEEDED', entities: [{ entity: 'content' }] } })
  expect((await run('tenants', '--failing', '--search', tenant.id)).result).toEqual([])
  const nothing = await run('retry', tenant.id)
  expect(nothing.code).toBe(3)

  const { result: events } = await run('events', tenant.id)
  const ofFiles = ['export.files.delivered', 'export.full_load.delivered']
  const types = ['registration.changed', ...ofFiles, 'export.failed', ...ofFiles, 'export.recovered']
  expect((events as { type: string }[]).map(({ type }) => type)).toEqual(types)
  expect((await run('events', tenant.id, '--after', '6')).result).toMatchObject([{ number: 7 }])
})

test('retry --failed --code starts a run for each tenant that failed so, and for no other', async () => {
  const tenants = [await world.tenant({ rows: { user: 1 } }), await world.tenant({ rows: { user: 1 } })]
  for (const tenant of tenants) await tenant.register({ entityList: 'content' })
  await world.sql('ALTER TABLE analytics.content RENAME COLUMN word_count TO words')
  for (const tenant of tenants) await run('run', tenant.id, '--wait')
  await world.sql('ALTER TABLE analytics.content RENAME COLUMN words TO word_count')

  const none = await run('retry', '--failed', '--code', 'SFTP_NO_SPACE')
  expect(none.result, JSON.stringify(none)).toEqual([])
  expect((await run('retry', '--code', 'NO_SUCH_CODE')).code).toBe(2)
  const { code, result } = await run('retry', '--failed', '--since', '1h', '--code', 'SOURCE_SCHEMA_MISMATCH')
  expect(code).toBe(0)
  const lines = result as { tenantId: string; run: { id: string } | null }[]
  expect(lines.map(({ tenantId }) => tenantId).toSorted()).toEqual(tenants.map(({ id }) => id).toSorted())
  expect(lines.every((line) => line.run !== null)).toBe(true)
})

test('pause and resume change the schedule, and cancel needs a run that has not ended', async () => {
  const tenant = await world.tenant({ rows: { user: 1 } })
  await tenant.register({ entityList: 'user' })
  // A busy Temporal may take the change later: then the schedule is PENDING, and the command can be repeated.
  const repeated = (command: string, state: string) =>
    eventually(`${command} makes the schedule ${state}`, async () => {
      const { code, result } = await run(command, tenant.id)
      return code === 0 && (result as { schedule: { state: string } }).schedule.state === state
    })
  expect(await repeated('pause', 'PAUSED')).toBe(true)
  expect((await run('tenants', '--paused', '--search', tenant.id)).result).toMatchObject([{ tenantId: tenant.id }])
  expect(await repeated('resume', 'ACTIVE')).toBe(true)
  const ended = (await run('run', tenant.id, 'user', '--wait')).result as { id: string }
  const refused = await run('cancel', tenant.id, ended.id)
  expect([refused.code, refused.text]).toEqual([3, expect.stringContaining('has ended already')])
})

test('redeliver --all writes past files of each tenant again, and names the tenants for which that is not possible', async () => {
  const [one, other] = [await world.tenant({ rows: { user: 2 } }), await world.tenant({ rows: { user: 2 } })]
  for (const tenant of [one, other]) {
    await tenant.register({ entityList: 'user' })
    await run('run', tenant.id, '--wait')
  }
  const registeredOnly = await world.tenant({ rows: { user: 1 } })
  await registeredOnly.register({ entityList: 'user' })
  await world.sql('ALTER TABLE tidemark.delivery DISABLE TRIGGER USER')
  await world.sql(`UPDATE tidemark.delivery SET system_identifier = '7' WHERE tenant_id = $1`, [other.id])
  await world.sql('ALTER TABLE tidemark.delivery ENABLE TRIGGER USER')

  expect((await run('redeliver', '--since', '1h')).code).toBe(2)
  expect((await run('redeliver', one.id, '--all', '--since', '1h')).code).toBe(2)
  const { code, result } = await run('redeliver', '--all', '--since', '1h', '--wait')
  expect(code).toBe(1)
  type Line = { tenantId: string; run: { status: string; entities: { error: { code: string } | null }[] } }
  const lines = new Map((result as Line[]).map((line) => [line.tenantId, line.run]))
  expect(lines.get(one.id)).toMatchObject({ status: 'SUCCEEDED', trigger: 'REDELIVERY' })
  expect(lines.get(other.id)).toMatchObject({ status: 'FAILED', entities: [{ error: { code: 'SOURCE_CHANGED' } }] })
  expect(lines.has(registeredOnly.id)).toBe(false)
  expect(await run('redeliver', one.id, '--since', '1h', '--wait')).toMatchObject({
    code: 0,
    result: { status: 'SUCCEEDED' },
  })
})
