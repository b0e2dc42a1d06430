import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSource, type Extraction, type Source } from '../../src/source/source.js'
import { attack, faultsSeed } from '../support/attacks.js'
import { type Extract, history, notesTable, type Outcome, play, type Row, writerCount } from '../support/histories.js'
import { createTestDatabase, type TestDatabase } from '../support/postgres.js'

/** How many histories; `HISTORIES=10000 npx vitest run test/faults/histories.test.ts` for a long run. */
const numRuns = Number(process.env['HISTORIES'] ?? 400)
const limitMs = 60_000 + numRuns * 100

let database: TestDatabase
let clients: pg.Client[]
let source: Source
let tenants = 0

beforeAll(async () => {
  database = await createTestDatabase()
  clients = Array.from({ length: writerCount }, () => new pg.Client({ connectionString: database.url }))
  await Promise.all(clients.map((client) => client.connect()))
  await clients[0]?.query(notesTable)
  source = createSource({ url: database.url, poolSize: 1 })
})

afterAll(async () => {
  await source[Symbol.asyncDispose]()
  await Promise.all(clients.map((client) => client.end()))
  await database[Symbol.asyncDispose]()
})

/** The product's own way to read. */
const byRule: Extract = (extraction) =>
  source.read(extraction, new AbortController().signal, async ({ batches, snapshot }) => {
    const rows: Row[] = []
    for await (const batch of batches) rows.push(...batch.map(([code, version]): Row => [code ?? '', version ?? '']))
    return { rows, snapshot }
  })

/** What most people write: a window of `updated_at` alone. */
const byTimeAlone: Extract = async (extraction: Extraction) => {
  const from = extraction.mode === 'delta' ? extraction.from : new Date(0)
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  const { rows } = await client.query<[string, string]>({
    text: 'SELECT code, version::text FROM notes WHERE tenant_code = $1 AND updated_at >= $2 AND updated_at < $3',
    values: [extraction.tenantId, from, extraction.to],
    rowMode: 'array',
  })
  await client.end()
  return { rows, snapshot: '1:1:' }
}

function nothingLostNothingTwice({ files, source: rows }: Outcome): void {
  const applied = new Map(files.flatMap((file) => file.rows))
  expect([...applied].toSorted(), 'applying the files in order gives the source').toEqual(rows)
  const versions = files.flatMap((file) => file.rows.map(([, version]) => version))
  expect(versions.length, 'no version of a row is delivered twice').toBe(new Set(versions).size)
}

const holds = (extract: Extract) =>
  fc.asyncProperty(history, async (steps) => {
    nothingLostNothingTwice(await play(`t${++tenants}`, steps, clients, extract))
  })

describe('promise 2, over random histories of concurrent writers', () => {
  it(
    `holds in ${numRuns} of them: open transactions, savepoints, rollbacks, back-dated and future times`,
    { timeout: limitMs },
    async () => {
      attack({ name: 'random histories', times: numRuns, seed: faultsSeed })
      await expect(fc.assert(holds(byRule), { numRuns, seed: faultsSeed })).resolves.toBeUndefined()
    },
  )

  it('does not hold for a window of time alone, so these histories can tell', { timeout: limitMs }, async () => {
    await expect(fc.assert(holds(byTimeAlone), { numRuns: 2000, endOnFailure: true })).rejects.toThrow(
      /Property failed/,
    )
  })
})
