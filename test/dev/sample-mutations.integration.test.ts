import { beforeAll, describe, expect, test } from 'vitest'
import { fillSample } from '../../dev/sample-data/fill.js'
import { mutateSample } from '../../dev/sample-data/mutate.js'
import { sampleTenants } from '../../dev/sample-data/tenants.js'
import { createMigratedDatabase } from '../support/postgres/postgres.js'
import {
  baseTime,
  client,
  database,
  digests,
  entities,
  expectReferencesToHold,
  seed,
  table,
  useSampleDatabase,
} from './support/sample.js'

const rows = 20_000

useSampleDatabase()
beforeAll(async () => {
  await fillSample({ url: database.url, seed, rows, baseTime })
})

describe('a mutation', () => {
  interface State {
    code: string
    xid: string
    deleted: boolean
    old: boolean
    body: string
  }
  const states = async (name: string, tenantId: string): Promise<Map<string, State>> => {
    const { rows: found } = await client.query<State>(
      `SELECT code, change_xid AS xid, is_deleted AS deleted, updated_at < $2 AS old,
              (to_jsonb(t) - 'change_xid' - 'updated_at' - 'is_deleted')::text AS body
         FROM ${table(name)} AS t WHERE tenant_code = $1`,
      [tenantId, baseTime],
    )
    return new Map(found.map((state) => [state.code, state]))
  }

  test('a mutation changes exactly the rows that it names, of the requested tenant and entities', async () => {
    const before = new Map<string, Map<string, State>>()
    for (const { name } of entities) before.set(name, await states(name, 'acme'))
    const untouched = await digests(client, 'globex')

    const asked = { url: database.url, seed: 1, tenantId: 'acme', inserts: 3, updates: 5, deletes: 2 }
    const mutated = await mutateSample(asked)
    expect(mutated.map(({ entity }) => entity).toSorted()).toEqual(entities.map(({ name }) => name).toSorted())
    for (const { entity, inserted, updated, deleted } of mutated) {
      const was = before.get(entity)
      if (!was) throw new Error(entity)
      const is = await states(entity, 'acme')
      const added = [...is.values()].filter(({ code }) => !was.has(code))
      const changed = [...is.values()].filter(({ code, xid }) => was.has(code) && was.get(code)?.xid !== xid)
      const live = [...was.values()].filter((state) => !state.deleted).length
      expect(
        [inserted, updated, deleted].map(({ length }) => length),
        entity,
      ).toEqual([Math.min(3, live), Math.min(5, live), Math.min(2, Math.max(live - 5, 0))])
      expect(added.map(({ code }) => code).toSorted(), entity).toEqual(inserted.toSorted())
      expect(changed.map(({ code }) => code).toSorted(), entity).toEqual([...updated, ...deleted].toSorted())
      expect(
        [...added, ...changed].filter(({ old }) => old),
        entity,
      ).toEqual([])
      expect(
        changed
          .filter((state) => state.deleted)
          .map(({ code }) => code)
          .toSorted(),
        entity,
      ).toEqual(deleted.toSorted())
      expect(
        updated.filter((code) => is.get(code)?.body === was.get(code)?.body),
        entity,
      ).toEqual([])
    }
    expect(await digests(client, 'globex')).toEqual(untouched)
    await expectReferencesToHold()
  })

  test('the same seed mutates the same rows of the same sample', async () => {
    const outcomes = []
    for (const mutationSeed of [5, 5, 6]) {
      await using fresh = await createMigratedDatabase()
      await fillSample({ url: fresh.url, seed, rows: 2000, baseTime })
      const asked = { url: fresh.url, seed: mutationSeed, inserts: 2, updates: 2, deletes: 2 }
      outcomes.push(await mutateSample({ ...asked, entities: ['user', 'content'] }))
    }
    const [first, second, third] = outcomes
    expect(first).toHaveLength(2 * sampleTenants.length)
    expect(second).toEqual(first)
    expect(third).not.toEqual(first)
  })

  test('a mutation of a tenant with few rows takes what there is, and unknown entities are refused', async () => {
    const asked = { url: database.url, seed: 3, tenantId: 'hooli', inserts: 10, updates: 10, deletes: 10 }
    const mutated = await mutateSample({ ...asked, entities: ['user', 'feed'] })
    expect(mutated).toMatchObject([
      { entity: 'user', deleted: [] },
      { entity: 'feed', inserted: [], updated: [], deleted: [] },
    ])
    expect(mutated[0]?.updated.length).toBe(mutated[0]?.inserted.length)
    await expect(mutateSample({ ...asked, entities: ['users'] })).rejects.toThrow(
      'The sample has no entity named users',
    )
  })
})
