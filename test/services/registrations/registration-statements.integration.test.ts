import pg from 'pg'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { anActor } from '../../support/world/builders.js'
import { openServices, type TestServices } from '../../support/world/services.js'
import { newTenant } from '../../support/world/stores.js'

let services: TestServices

beforeAll(async () => {
  services = await openServices()
})
afterAll(() => services[Symbol.asyncDispose]())

/** The text of each statement that `work` sends to Tidemark's database. */
async function statementsOf(work: () => Promise<unknown>): Promise<string[]> {
  const query = vi.spyOn(pg.Client.prototype, 'query')
  try {
    await work()
    return query.mock.calls.map(([statement]) => (statement as unknown as { readonly text: string }).text)
  } finally {
    query.mockRestore()
  }
}

const readsRegistration = (statement: string) => /FROM registration r/.test(statement)

test('replacing a registration and its schedule takes two transactions, each with one read, and 12 statements', async () => {
  const actor = anActor(newTenant())
  const registrations = services.registrations()
  // The first call opens the connections.
  await registrations.replace(actor, { entityList: 'user' })
  const statements = await statementsOf(() => registrations.replace(actor, { entityList: 'user, user logins' }))
  expect(statements.filter(readsRegistration)).toHaveLength(2)
  expect(statements.filter((statement) => statement.startsWith('BEGIN'))).toHaveLength(2)
  expect(statements).toHaveLength(12)
})
