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
  expect(await tenant.files()).not.toEqual([])
  const command = startProgram('cli', ['erase-tenant', tenant.id, '--yes'], world.environment)
  expect(await command.exitCode()).toBe(0)
  expect(JSON.parse(command.result())).toMatchObject({ tenantId: tenant.id, files: 2, registrationVersion: 1 })
  const log = command.output().replace(command.result(), '')
  expect(log).toContain(`"tenantId":"${tenant.id}"`)
  expect(await tenant.files()).toEqual([])
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
