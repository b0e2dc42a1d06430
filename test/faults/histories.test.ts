import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSource, type Source } from '../../src/source/source.js'
import { attack, faultsSeed } from '../support/attacks.js'
import type { Rule } from './support/histories/exporter.js'
import { play } from './support/histories/play.js'
import { brokenRules, productRule } from './support/histories/rules.js'
import { history, writerCount } from './support/histories/steps.js'
import { tables } from './support/histories/tables.js'
import { createTestDatabase, type TestDatabase } from '../support/postgres/postgres.js'

/** How many histories; `HISTORIES=100000 npx vitest run test/faults/histories.test.ts` for a long run. */
const times = Number(process.env['HISTORIES'] ?? 1000)
const limitMs = 120_000 + times * 200

/** So many tenants have their histories at the same time, each on connections of its own: they meet in snapshots alone. */
const lanes = 3

let database: TestDatabase
let clients: pg.Client[][]
let reader: pg.Client
let source: Source
let tenants = 0

async function connect(): Promise<pg.Client> {
  // No crash of Postgres is part of these histories.
  const client = new pg.Client({ connectionString: database.url, options: '-c synchronous_commit=off' })
  await client.connect()
  return client
}

beforeAll(async () => {
  database = await createTestDatabase()
  reader = await connect()
  await reader.query(tables)
  clients = await Promise.all(
    Array.from({ length: lanes }, () => Promise.all(Array.from({ length: writerCount }, connect))),
  )
  source = createSource({ url: database.url, poolSize: lanes })
})

afterAll(async () => {
  await source[Symbol.asyncDispose]()
  await Promise.all([reader, ...clients.flat()].map((client) => client.end()))
  await database[Symbol.asyncDispose]()
})

const holds = (rule: Rule, lane: number) =>
  fc.asyncProperty(history, (played) => play(`t${++tenants}`, played, clients[lane]!, rule))

describe('random histories of a source and its exports (promises 1, 2, 3, 6)', () => {
  test.each(Object.keys(brokenRules({} as Source, () => reader)))(
    'random histories find the broken rule: %s',
    async (name) => {
      attack({ name: 'random histories: each broken rule is caught', seed: faultsSeed })
      const rule = brokenRules(source, () => reader)[name]!
      const { failed, errorInstance } = await fc.check(holds(rule, 0), {
        numRuns: 5000,
        seed: faultsSeed,
        endOnFailure: true,
        unbiased: true,
      })
      expect(failed).toBe(true)
      expect(String(errorInstance)).toMatch(/^Error: I[1236]: /)
    },
  )

  test(`${times} random histories keep the invariants`, { timeout: limitMs }, async () => {
    attack({ name: 'random histories', times, seed: faultsSeed })
    const rule = productRule(source)
    const outcomes = await Promise.allSettled(
      clients.map((_, lane) =>
        fc.assert(holds(rule, lane), { numRuns: Math.ceil(times / lanes), seed: faultsSeed + lane, unbiased: true }),
      ),
    )
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
    expect(outcomes).toHaveLength(lanes)
  })
})
