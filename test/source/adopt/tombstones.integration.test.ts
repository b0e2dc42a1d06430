import { beforeAll, describe, expect, test } from 'vitest'
import type { Entity } from '../../../src/domain/entity.js'
import type { Extraction } from '../../../src/source/source.js'
import { admin, adopt, entityOf, full, later, read, requestFor, source, useShop } from './support/adopted.js'

useShop()

let film: Entity
beforeAll(async () => {
  await adopt(requestFor('film', { tombstones: true }))
  film = await entityOf('film')
})

/** A chain of files: the first is a full load, the next ones are deltas. */
async function chain(
  entity: Entity,
): Promise<{ next(): Promise<Record<string, string | null>[]>; last(): Extraction }> {
  let to = await later()
  let { snapshot } = await read(full(entity, to))
  let last: Extraction = full(entity, to)
  return {
    last: () => last,
    next: async () => {
      const end = await later()
      last = { entity, tenantId: 'acme', to: end, mode: 'delta', from: to, snapshot }
      const file = await read(last)
      expect(file.sent).toBe(file.rows.length)
      to = end
      snapshot = file.snapshot
      last = { ...last, visibleIn: snapshot }
      return file.rows.map((row) => Object.fromEntries(entity.columns.map(({ name }, at) => [name, row[at] ?? null])))
    },
  }
}

describe('a row that was deleted', () => {
  test('is in the next delta alone, with its key and is_deleted', async () => {
    const files = await chain(film)
    await admin.query('DELETE FROM shop.film WHERE film_id = 1')
    const [row, ...others] = await files.next()
    expect(others).toEqual([])
    const { film_id, store, is_deleted, updated_at, ...rest } = row ?? {}
    expect([film_id, store, is_deleted]).toEqual(['1', 'acme', 't'])
    expect(updated_at).toMatch(/^2/)
    expect(new Set(Object.values(rest))).toEqual(new Set([null]))
    expect(await files.next()).toEqual([])
  })

  test('and inserted again is delivered as the row that it is now', async () => {
    const files = await chain(film)
    await admin.query(
      `DELETE FROM shop.film WHERE film_id = 2; INSERT INTO shop.film (film_id, store, title) VALUES (2, 'acme', 'again')`,
    )
    expect((await files.next()).map(({ title, is_deleted }) => [title, is_deleted])).toEqual([['again', 'f']])
    await admin.query('DELETE FROM shop.film WHERE film_id = 2')
    expect((await files.next()).map(({ title, is_deleted }) => [title, is_deleted])).toEqual([[null, 't']])
  })

  test('is in no full load', async () => {
    await admin.query('DELETE FROM shop.film WHERE film_id = 3')
    const { rows } = await read(full(film, await later()))
    expect(rows.map(([id]) => id)).not.toContain('3')
  })

  test('is in the same window when that is read again, unless it was inserted again', async () => {
    const files = await chain(film)
    await admin.query('DELETE FROM shop.film WHERE film_id IN (4, 5)')
    await files.next()
    const window = files.last()
    await admin.query(`INSERT INTO shop.film (film_id, store, title) VALUES (5, 'acme', 'again')`)
    expect((await read(window)).rows.map(([id]) => id)).toEqual(['4'])
  })

  test('in a transaction that commits after the file is in the next one', async () => {
    const files = await chain(film)
    await admin.query('BEGIN; DELETE FROM shop.film WHERE film_id = 6')
    expect(await fileWhileOpen(files)).toEqual([])
    await admin.query('COMMIT')
    expect((await files.next()).map(({ film_id }) => film_id)).toEqual(['6'])
  })
})

const fileWhileOpen = (files: { next(): Promise<unknown[]> }): Promise<unknown[]> => files.next()

test('a changed key is a deletion of the old key and a new row', async () => {
  const files = await chain(film)
  await admin.query(
    `UPDATE shop.film SET film_id = 1007 WHERE film_id = 7; UPDATE shop.film SET store = 'globex' WHERE film_id = 8`,
  )
  const rows = await files.next()
  expect(rows.map(({ film_id, is_deleted }) => `${film_id} ${is_deleted}`).toSorted()).toEqual(['1007 f', '7 t', '8 t'])
})

test('a truncated table is a deletion of each row', async () => {
  await adopt(requestFor('film_actor', { tombstones: true }))
  const files = await chain(await entityOf('film_actor'))
  await admin.query('TRUNCATE shop.film_actor')
  const rows = await files.next()
  expect(rows).toHaveLength(300)
  expect(new Set(rows.map(({ is_deleted }) => is_deleted))).toEqual(new Set(['t']))
})

test('a row that moves to another partition is no deletion, and a truncated partition is', async () => {
  await adopt(requestFor('payment', { tombstones: true }))
  const files = await chain(await entityOf('payment'))
  await admin.query(`UPDATE shop.payment SET paid_on = paid_on + 400 WHERE payment_id = 1`)
  // The date is a part of the key, so the old key is gone.
  expect((await files.next()).map(({ is_deleted }) => is_deleted).toSorted()).toEqual(['f', 't'])
  await admin.query('TRUNCATE shop.payment_2025')
  const rows = await files.next()
  expect(new Set(rows.map(({ is_deleted }) => is_deleted))).toEqual(new Set(['t']))
  expect(rows.length).toBeGreaterThan(100)
})

test('a program without a right to the table of deleted rows can delete', async () => {
  await admin.query(
    `CREATE ROLE adopt_app; GRANT USAGE ON SCHEMA shop TO adopt_app; GRANT SELECT, DELETE ON shop.film TO adopt_app`,
  )
  const files = await chain(film)
  await admin.query('SET ROLE adopt_app; DELETE FROM shop.film WHERE film_id = 9; RESET ROLE')
  await admin.query('DROP OWNED BY adopt_app; DROP ROLE adopt_app')
  expect((await files.next()).map(({ film_id }) => film_id)).toEqual(['9'])
})

describe('the check of the source', () => {
  const codes = async (): Promise<string[]> => (await source.check(film, { countRows: false })).map(({ code }) => code)

  test('refuses a table of deleted rows that no trigger fills, for the first file', async () => {
    await admin.query('ALTER TABLE shop.film DISABLE TRIGGER tidemark_record_delete')
    expect(await codes()).toEqual(['SOURCE_CHANGES_UNTRACKED'])
    await expect(read(full(film, await later()))).rejects.toThrow('no trigger records deleted rows in film_deleted')
    const files = { ...full(film, await later()), isFirst: false }
    expect((await read(files)).rows.length).toBeGreaterThan(0)
    await adopt(requestFor('film', { tombstones: true }))
    expect(await codes()).toEqual([])
  })

  test('refuses each file if the login may not read the table of deleted rows, or does not see all of it', async () => {
    const { rows } = await admin.query<{ grantee: string }>(
      `SELECT grantee FROM information_schema.role_table_grants WHERE table_name = 'film_deleted' AND grantee LIKE 'role%'`,
    )
    const reader = rows[0]?.grantee ?? ''
    await admin.query(`REVOKE SELECT ON shop.film_deleted FROM ${reader}`)
    expect(await codes()).toEqual(['SOURCE_SCHEMA_MISMATCH'])
    await expect(read(full(film, await later()))).rejects.toMatchObject({ code: 'SOURCE_SCHEMA_MISMATCH' })
    await admin.query(
      `GRANT SELECT ON shop.film_deleted TO ${reader}; ALTER TABLE shop.film_deleted ENABLE ROW LEVEL SECURITY`,
    )
    expect(await codes()).toEqual(['SOURCE_ROWS_HIDDEN'])
    await expect(read(full(film, await later()))).rejects.toMatchObject({ code: 'SOURCE_ROWS_HIDDEN' })
    await admin.query(`CREATE POLICY all_rows ON shop.film_deleted FOR SELECT TO ${reader} USING (true)`)
    expect(await codes()).toEqual([])
    const files = await chain(film)
    await admin.query('DELETE FROM shop.film WHERE film_id = 10')
    expect((await files.next()).map(({ film_id }) => film_id)).toEqual(['10'])
    await admin.query('ALTER TABLE shop.film_deleted DISABLE ROW LEVEL SECURITY')
  })

  test('warns of an index that the table of deleted rows lacks', async () => {
    await admin.query('DROP INDEX shop.film_deleted_store_change_xid_idx')
    expect(await codes()).toEqual(['SOURCE_INDEX_MISSING'])
  })
})
