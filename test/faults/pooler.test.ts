import { describe, expect, onTestFinished, test } from 'vitest'
import { migrateDatabase } from '../../src/compose/migration.js'
import { attack } from '../support/attacks.js'
import { commandAvailable } from '../support/programs/command-available.js'
import { midnight } from '../support/world/days.js'
import { filesGiveTheSource, manifestsTellTheTruth } from './support/invariants.js'
import { startPgBouncer } from './support/pgbouncer.js'
import { createMigratedDatabase, createTestDatabase } from '../support/postgres/postgres.js'
import { createWorld } from '../support/world/world.js'

const hasPgBouncer = await commandAvailable('pgbouncer', 'Postgres behind PgBouncer')

describe.runIf(hasPgBouncer)('Postgres behind PgBouncer', () => {
  test.each(['transaction', 'session'] as const)(
    'a pooler in %s mode serves everything except migrations',
    async (mode) => {
      attack({ name: `both databases behind PgBouncer in ${mode} mode` })
      const database = await createMigratedDatabase()
      const { serviceUrl, readerUrl } = database
      const pooler = await startPgBouncer(mode, [serviceUrl, readerUrl])
      onTestFinished(() => pooler[Symbol.asyncDispose]())
      const world = await createWorld({
        database: { ...database, serviceUrl: pooler.through(serviceUrl), readerUrl: pooler.through(readerUrl) },
      })
      onTestFinished(() => world[Symbol.asyncDispose]())
      const tenants = await Promise.all(
        [1, 2, 3].map(() => world.tenant({ rows: { user: 30, site: 6, site_category: 3 }, before: midnight(3) })),
      )
      for (const tenant of tenants) await tenant.register({ entityList: 'user, site' })
      const first = await Promise.all(tenants.map((tenant) => tenant.backfill(midnight(2))))
      for (const tenant of tenants)
        await tenant.mutate({ entities: ['user', 'site'], inserts: 2, updates: 2, deletes: 1 })
      const next = await Promise.all(tenants.map((tenant) => tenant.runNow()))
      expect([...first.flat(), ...next].map(({ status }) => status)).toEqual(
        Array.from({ length: 6 }, () => 'SUCCEEDED'),
      )
      for (const tenant of tenants) {
        await manifestsTellTheTruth(tenant)
        await filesGiveTheSource(tenant)
      }
    },
  )

  test('migrations refuse a pooler in transaction mode with a reason, and accept one in session mode', async () => {
    attack({ name: 'migrations through PgBouncer in transaction mode' })
    await using database = await createTestDatabase()
    const { url, serviceUrl } = database
    await using transactions = await startPgBouncer('transaction', [url])
    await expect(migrateDatabase(transactions.through(url), serviceUrl)).rejects.toThrow(
      /DATABASE_OWNER_URL leads through a connection pooler in transaction mode .* Use the direct address of Postgres/,
    )
    await using sessions = await startPgBouncer('session', [url])
    expect((await migrateDatabase(sessions.through(url), serviceUrl)).applied.length).toBeGreaterThan(5)
  })
})
