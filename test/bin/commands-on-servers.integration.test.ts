import { afterAll, beforeAll, expect, test } from 'vitest'
import { midnight } from '../support/world/days.js'
import { startProgram } from '../support/programs/program.js'
import { createWorld, type World } from '../support/world/world.js'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world[Symbol.asyncDispose]())

test('erase-tenant --yes removes the files and prints only its receipt on standard output', async () => {
  const tenant = await world.tenant({ rows: { user: 3 }, before: midnight(2) })
  await tenant.register({ entityList: 'user' })
  await tenant.backfill(midnight(1))
  // The file, its manifest, the index and the contract of the entity.
  expect(await tenant.everything()).toHaveLength(4)
  const command = startProgram('cli', ['erase-tenant', tenant.id, '--yes'], world.environment)
  expect(await command.exitCode()).toBe(0)
  expect(JSON.parse(command.result())).toMatchObject({ tenantId: tenant.id, files: 4, registrationVersion: 1 })
  const log = command.output().replace(command.result(), '')
  expect(log).toContain(`"tenantId":"${tenant.id}"`)
  expect(await tenant.everything()).toEqual([])
})

test('a service that cannot start logs the reason in one line', async () => {
  const url = new URL(world.config.database.url)
  url.password = 'another'
  for (const [environment, words] of [
    [{ ...world.environment, DATABASE_URL: url.href }, /refuses the connection: password authentication failed/],
    [
      { ...world.environment, DATABASE_URL: `${world.config.database.url}?sslmode=require` },
      /Switch TLS on in the server/,
    ],
    [{ ...world.environment, SFTP_HOST: undefined }, /SFTP_HOST is required/],
  ] as const) {
    for (const name of ['api', 'worker'] as const) {
      const service = startProgram(name, [], environment)
      expect(await service.exitCode()).toBe(1)
      const last = service.output().trim().split('\n').at(-1) ?? ''
      expect(JSON.parse(last)).toMatchObject({ level: 'fatal' })
      expect(last).toMatch(words)
    }
  }
})

test('run, runs, deliveries and pause work on a tenant, and --json prints one value', async () => {
  const tenant = await world.tenant({ rows: { user: 3 }, before: midnight(2) })
  await tenant.register({ entityList: 'user' })
  const json = async (...words: string[]): Promise<unknown> => {
    const command = startProgram('cli', [...words, '--json'], world.environment)
    expect(await command.exitCode()).toBe(0)
    return JSON.parse(command.result())
  }
  const run = (await json('run', tenant.id, '--wait')) as { id: string }
  expect(run).toMatchObject({ status: 'SUCCEEDED', entities: [{ entity: 'user', rows: 3 }] })
  expect(await json('runs', tenant.id, run.id)).toMatchObject({ id: run.id })
  expect(await json('runs', tenant.id, '--failed')).toEqual([])
  expect(await json('deliveries', tenant.id, '--since', '1h')).toMatchObject([{ entity: 'user', rows: 3 }])
  expect(await json('deliveries', tenant.id, '--run', run.id)).toHaveLength(1)
  expect(await json('deliveries', tenant.id, '--redelivered')).toEqual([])
  expect(await json('grace', tenant.id, '240')).toEqual({ tenantId: tenant.id, minutes: 240 })
  expect(await json('tenants', '--search', tenant.id)).toMatchObject([{ graceMinutes: 240, overdue: false }])
  const largest = await json('tenants', '--search', tenant.id, '--sort', 'largest')
  expect(largest).toMatchObject([{ deliveredRows: 3, openIncidents: 0 }])
  expect(await json('tenants', '--search', tenant.id, '--disabled')).toEqual([])
  expect(await json('tenants', '--search', tenant.id, '--not-fetched-for', '7')).toEqual([])
  expect(await json('pause', tenant.id)).toMatchObject({ schedule: { state: 'PAUSED' } })
})

test.each([
  [['runs', 'TENANT', '00000000-0000-4000-8000-000000000000'], 4, /has no run/],
  [['run', 'TENANT'], 3, /no registration yet/],
  [['tenants', '--sort', 'age'], 2, /no order age: id, overdue, failing, largest, last-success/],
  [['runs', 'a b'], 1, /is not a valid tenant id/],
])('%j exits with %i and says %s', async (words, exitCode, says) => {
  const { id } = await world.tenant()
  const named = words.map((word) => (word === 'TENANT' ? id : word))
  const command = startProgram('cli', named, world.environment)
  expect(await command.exitCode()).toBe(exitCode)
  expect(command.output()).toMatch(says)
})
