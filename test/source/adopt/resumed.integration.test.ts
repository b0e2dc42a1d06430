import { expect, test } from 'vitest'
import { eventually } from '../../support/eventually.js'
import { admin, adopt, adopter, connect, entityOf, requestFor, source, useShop } from './support/adopted.js'

useShop()

test('an adoption that ends after any of its steps continues there', async () => {
  for (const name of ['legacy', 'payment']) {
    const request = requestFor(name, { tombstones: true })
    for (let plan = await adopter.plan(request); plan.steps.length > 0; plan = await adopter.plan(request)) {
      const [first] = plan.steps
      const steps = first ? [first] : []
      const options = { lockSeconds: 1, attempts: 1, pauseMs: 1, signal: new AbortController().signal }
      await adopter.apply(request, { ...plan, steps }, { ...options, onProgress: () => undefined })
      const left = await adopter.plan(request)
      // A step that is taken is not planned again.
      expect(left.steps.map(({ title }) => title)).not.toContain(first?.kind === 'backfill' ? '' : first?.title)
      if (first?.kind === 'backfill') break
    }
    await adopt(request)
    expect(await source.check(await entityOf(name), { countRows: true })).toEqual([])
  }
})

test('an index that was left unfinished is made again', async () => {
  await adopt(requestFor('film'))
  await admin.query(`UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'shop.film_tidemark_xid'::regclass`)
  const { steps } = await adopt(requestFor('film'))
  expect(steps.map(({ title }) => title)).toEqual([
    'remove the unfinished index film_tidemark_xid',
    'index shop.film by store, change_xid',
  ])
  expect(await source.check(await entityOf('film'), { countRows: true })).toEqual([])
})

test('a writer that runs meanwhile loses no row and waits for no more than the lock', async () => {
  await admin.query(`
    CREATE TABLE shop.busy (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, store text NOT NULL, name text,
      updated_at timestamptz, change_xid xid8);
    INSERT INTO shop.busy (store, name) SELECT 'acme', repeat('x', 200) FROM generate_series(1, 20000);
    CREATE INDEX ON shop.busy (name)`)
  const writer = await connect()
  let written = 0
  let isDone = false
  const writing = (async () => {
    await writer.query(`SET lock_timeout = '5s'`)
    while (!isDone) {
      await writer.query(`INSERT INTO shop.busy (store, name) VALUES ('acme', 'new ${(written += 1)}')`)
      await writer.query(`UPDATE shop.busy SET name = 'changed ${written}' WHERE name = 'new ${written}'`)
    }
  })()
  await eventually('the writer to write', () => written > 0)
  await adopt(requestFor('busy'), { attempts: 50 })
  isDone = true
  await writing
  await writer.end()
  const { rows } = await admin.query(
    `SELECT count(*)::int AS all, count(updated_at)::int AS dated, count(change_xid)::int AS named,
       count(*) FILTER (WHERE name LIKE 'changed %')::int AS changed FROM shop.busy`,
  )
  const all = 20_000 + written
  expect(rows).toEqual([{ all, dated: all, named: all, changed: written }])
})

test('a table that is locked is tried again, and writers continue in between', async () => {
  const holder = await connect()
  await holder.query('BEGIN; LOCK TABLE shop.film_actor IN ROW EXCLUSIVE MODE')
  const lines: string[] = []
  const adopting = adopt(requestFor('film_actor'), { attempts: 100, onProgress: (line) => lines.push(line) })
  await eventually('a second attempt', () => lines.some((line) => line.includes('Attempt 2 of 100')))
  await admin.query(`INSERT INTO shop.film_actor VALUES (1, 1000, 'acme')`)
  await holder.query('COMMIT')
  await holder.end()
  await adopting
  expect((await adopter.plan(requestFor('film_actor'))).steps).toEqual([])
})

test('a table that stays locked is left as it was, with what to do', async () => {
  const holder = await connect()
  await holder.query('BEGIN; LOCK TABLE shop.keyless IN ROW EXCLUSIVE MODE')
  await expect(adopt(requestFor('keyless', { key: ['code'] }), { attempts: 2 })).rejects.toThrow(
    /other transactions held a lock in all 2 attempts\. End long transactions on the table/,
  )
  await holder.query('ROLLBACK')
  await holder.end()
  const { rows } = await admin.query(
    `SELECT attname FROM pg_attribute WHERE attrelid = 'shop.keyless'::regclass AND attnum > 0`,
  )
  expect(rows).toHaveLength(3)
})

test('a statement that is under way is cancelled when the command is stopped', async () => {
  const holder = await connect()
  // A concurrent index waits for every transaction that is older.
  await adopt(requestFor('OrderLine'))
  await admin.query('DROP INDEX shop."OrderLine_tidemark_time"')
  await holder.query(`BEGIN; INSERT INTO shop."OrderLine" VALUES ('acme', 9999, 1)`)
  const stop = new AbortController()
  const adopting = adopt(requestFor('OrderLine'), { signal: stop.signal })
  const outcome = adopting.then(
    () => 'done',
    (error: Error) => error.message,
  )
  await eventually('the index to wait', async () => {
    const { rowCount } = await admin.query(
      `SELECT FROM pg_stat_activity WHERE application_name = 'tidemark-adopt' AND datname = current_database()
         AND query LIKE 'CREATE INDEX%' AND wait_event_type = 'Lock'`,
    )
    return rowCount === 1
  })
  stop.abort()
  expect(await outcome).toContain('was stopped. Run the command again to continue.')
  await holder.query('COMMIT')
  await holder.end()
  await adopt(requestFor('OrderLine'))
  expect((await adopter.plan(requestFor('OrderLine'))).steps).toEqual([])
})
