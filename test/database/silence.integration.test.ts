import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Database, openDatabase } from '../../src/database/client.js'
import { withTypedErrors } from '../../src/database/errors.js'
import { createMigratedDatabase, type TestDatabase } from '../support/postgres/postgres.js'
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.js'

let postgres: TestDatabase
let proxy: TcpProxy
let database: Database
beforeEach(async () => {
  postgres = await createMigratedDatabase()
  const url = new URL(postgres.serviceUrl)
  proxy = await startTcpProxy({ host: url.hostname, port: Number(url.port) })
  url.port = String(proxy.port)
  database = openDatabase({ url: url.href, poolSize: 2, silenceMs: 1_000 })
})
afterEach(async () => {
  await database.close()
  await proxy.stop()
  await postgres[Symbol.asyncDispose]()
})

/** A store as the others are, that asks twice in a transaction and lets something happen in between. */
const aStore = () =>
  withTypedErrors({
    count,
    countTwice: (between: () => void = () => {}) =>
      database.forTenant('one', async (transaction) => {
        await transaction.run.count()
        between()
        return transaction.run.count()
      }),
    both: () => Promise.all([count(), count()]),
  })

const count = () => database.forTenant('one', (transaction) => transaction.run.count())

describe('a database whose connection goes silent', () => {
  const unavailable = { name: 'ExportError', code: 'DATABASE_UNAVAILABLE' }

  test('the database is unavailable in bounded time on a silent connection, and answers again after the repair', async () => {
    const store = aStore()
    expect(await store.both()).toEqual([0, 0])
    proxy.blackHole()
    await expect(store.count()).rejects.toMatchObject(unavailable)
    await expect(store.countTwice()).rejects.toMatchObject(unavailable)
    proxy.mend()
    expect(await Promise.all([store.count(), store.count(), store.countTwice()])).toEqual([0, 0, 0])
  })

  test('a transaction on a silent connection fails in bounded time, and the pool drops the connection', async () => {
    const store = aStore()
    await expect(store.countTwice(() => proxy.blackHole())).rejects.toMatchObject(unavailable)
    proxy.mend()
    const connections = proxy.connections
    expect(await store.both()).toEqual([0, 0])
    expect(proxy.connections).toBeGreaterThan(connections)
  })
})
