import { expect, test } from 'vitest'
import fc from 'fast-check'
import type pg from 'pg'
import type { Entity } from '../../../src/domain/entity.js'
import type { Extraction } from '../../../src/source/source.js'
import { admin, adopt, connect, entityOf, read, requestFor, useShop } from './support/adopted.js'

useShop()

/** What happens: a writer writes to a key, or ends its transaction, or a file is made. */
type Step =
  | {
      readonly kind: 'put' | 'delete' | 'move'
      readonly writer: number
      readonly key: number
      readonly to: number
      readonly old: boolean
    }
  | { readonly kind: 'commit' | 'rollback'; readonly writer: number }
  | { readonly kind: 'file'; readonly back: boolean }
  | { readonly kind: 'full' }

const writers = 3
const keys = 4
const writer = fc.nat(writers - 1)
const key = fc.nat(keys - 1)
const write = fc.record({
  kind: fc.constantFrom('put', 'put', 'delete', 'move'),
  writer,
  key,
  to: key,
  old: fc.boolean(),
})
const end = fc.record({ kind: fc.constantFrom('commit', 'commit', 'rollback'), writer })
const file = fc.record({ kind: fc.constant('file'), back: fc.boolean() })
const fullLoad = fc.record({ kind: fc.constant('full') })
const steps = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: write },
    { weight: 4, arbitrary: end },
    { weight: 4, arbitrary: file },
    { weight: 1, arbitrary: fullLoad },
  ),
  { minLength: 5, maxLength: 40 },
) as fc.Arbitrary<Step[]>

/** The writers of a history. A write that would wait for another writer is left out. */
class Writers {
  readonly #held = new Map<number, number>()
  #version = 0
  constructor(
    private readonly clients: readonly pg.Client[],
    private readonly tenant: string,
  ) {}

  async write({ kind, writer: index, key: from, to, old }: Extract<Step, { key: number }>): Promise<void> {
    const touched = kind === 'move' ? [from, to] : [from]
    if (touched.some((each) => (this.#held.get(each) ?? index) !== index)) return
    const client = this.clients[index]!
    if (![...this.#held.values()].includes(index)) await client.query('BEGIN')
    for (const each of touched) this.#held.set(each, index)
    const version = (this.#version += 1)
    const values = [this.tenant, from]
    if (kind === 'delete') await client.query('DELETE FROM shop.thing WHERE store = $1 AND id = $2', values)
    else if (kind === 'move') {
      await client.query(
        `UPDATE shop.thing SET id = $3, version = $4 WHERE store = $1 AND id = $2
           AND NOT EXISTS (SELECT FROM shop.thing WHERE store = $1 AND id = $3)`,
        [...values, to, version],
      )
    } else {
      const dated = old ? `'2020-01-01Z'` : 'NULL'
      await client.query(
        `INSERT INTO shop.thing (store, id, version, updated_at) VALUES ($1, $2, $3, ${dated})
         ON CONFLICT (store, id) DO UPDATE SET version = EXCLUDED.version`,
        [...values, version],
      )
    }
  }

  async end(index: number, how: 'commit' | 'rollback'): Promise<void> {
    if (![...this.#held.values()].includes(index)) return
    await this.clients[index]!.query(how)
    for (const [each, holder] of this.#held) if (holder === index) this.#held.delete(each)
  }

  async endAll(how: 'commit' | 'rollback'): Promise<void> {
    for (const index of this.clients.keys()) await this.end(index, how)
  }
}

/** A consumer that merges each file by its key, and removes what is deleted. */
class Consumer {
  #rows = new Map<string, string>()
  #last: { readonly to: Date; readonly snapshot: string } | undefined
  constructor(
    private readonly entity: Entity,
    private readonly tenantId: string,
  ) {}

  get rows(): string[] {
    return [...this.#rows].map(([id, version]) => `${id}=${version}`).toSorted()
  }

  /** Loads what is left, once the clock is past the end of the last file. */
  async finish(): Promise<void> {
    let to = await clock(false)
    while (this.#last && to <= this.#last.to) to = await clock(false)
    await this.load(to, false)
  }

  async load(to: Date, isFull: boolean): Promise<void> {
    const { entity, tenantId } = this
    const last = isFull ? undefined : this.#last
    if (last && to <= last.to) return
    const extraction: Extraction = last
      ? { entity, tenantId, to, mode: 'delta', from: last.to, snapshot: last.snapshot }
      : { entity, tenantId, to, mode: 'full' }
    const { rows, snapshot } = await read(extraction)
    if (!last) this.#rows = new Map()
    const at = (name: string): number => entity.columns.findIndex((column) => column.name === name)
    const seen = new Set<string>()
    for (const row of rows) {
      const id = row[at('id')] ?? ''
      if (seen.has(id)) throw new Error(`the key ${id} is twice in one file`)
      seen.add(id)
      if (row[at('is_deleted')] === 't') this.#rows.delete(id)
      else this.#rows.set(id, row[at('version')] ?? '')
    }
    this.#last = { to, snapshot }
  }
}

async function committed(tenant: string): Promise<string[]> {
  const { rows } = await admin.query<{ row: string }>(
    `SELECT id || '=' || version AS row FROM shop.thing WHERE store = $1 ORDER BY row`,
    [tenant],
  )
  return rows.map(({ row }) => row).toSorted()
}

/** The clock of Postgres, in whole milliseconds as a window has it. `back`: the last millisecond that has begun. */
async function clock(back: boolean): Promise<Date> {
  const { rows } = await admin.query<{ at: Date }>(
    `SELECT date_trunc('milliseconds', clock_timestamp()) + interval '${back ? 0 : 1} ms' AS at`,
  )
  return rows[0]!.at
}

test('a consumer that merges each file by key has the rows of the source, after any history of deletions', async () => {
  await admin.query('CREATE TABLE shop.thing (store text, id int, version int NOT NULL, PRIMARY KEY (store, id))')
  await adopt(requestFor('thing', { tombstones: true }))
  const entity = await entityOf('thing')
  const clients = await Promise.all(Array.from({ length: writers }, connect))
  let tenants = 0
  await fc.assert(
    fc.asyncProperty(steps, async (history) => {
      const tenantId = `t${(tenants += 1)}`
      const all = new Writers(clients, tenantId)
      const consumer = new Consumer(entity, tenantId)
      try {
        for (const step of history) {
          if (step.kind === 'file') await consumer.load(await clock(step.back), false)
          else if (step.kind === 'full') await consumer.load(await clock(false), true)
          else if ('key' in step) await all.write(step)
          else await all.end(step.writer, step.kind)
        }
        await all.endAll('commit')
        await consumer.finish()
        expect(consumer.rows).toEqual(await committed(tenantId))
      } finally {
        await all.endAll('rollback')
      }
    }),
    { numRuns: Number(process.env['DELETED_HISTORIES'] ?? 150) },
  )
  for (const client of clients) await client.end()
})
