import { randomUUID } from 'node:crypto'
import { describe, expect, onTestFinished, test } from 'vitest'
import { check, fix, goodTable, inShort, sql, unclear, untracked, useCheckedSource } from '../support/checked-source.js'

useCheckedSource()

describe('the trigger', () => {
  test.each([
    ['is not there', (t: string) => `DROP TRIGGER touch ON s.${t}`, 'inserted or updated. Later'],
    ['is disabled', (t: string) => `ALTER TABLE s.${t} DISABLE TRIGGER touch`, 'the trigger touch is disabled'],
    [
      'runs for replication alone',
      (t: string) => `ALTER TABLE s.${t} ENABLE REPLICA TRIGGER touch`,
      'runs only for what replication writes',
    ],
    ['runs after the write', recreated('AFTER INSERT OR UPDATE', 'FOR EACH ROW'), 'does not run before each row'],
    ['runs once for a statement', recreated('BEFORE INSERT OR UPDATE', ''), 'does not run before each row'],
    ['does not run for updates', recreated('BEFORE INSERT', 'FOR EACH ROW'), 'when a row is updated. Later'],
    ['does not run for inserts', recreated('BEFORE UPDATE', 'FOR EACH ROW'), 'when a row is inserted. Later'],
    [
      'runs for updates of some columns alone',
      recreated('BEFORE INSERT OR UPDATE OF name', 'FOR EACH ROW'),
      'when a row is updated: the trigger touch runs only for updates that name certain columns',
    ],
    [
      'runs on a condition',
      recreated('BEFORE INSERT OR UPDATE', `FOR EACH ROW WHEN (new.name <> 'x')`),
      `runs only when (new.name <> 'x'::text)`,
    ],
    [
      'sets another column',
      (t: string) => `CREATE FUNCTION s.other_${t}() RETURNS trigger LANGUAGE plpgsql AS
          $$ BEGIN NEW.updated_at := now(); RETURN NEW; END $$;
        DROP TRIGGER touch ON s.${t};
        CREATE TRIGGER other BEFORE INSERT OR UPDATE ON s.${t} FOR EACH ROW EXECUTE FUNCTION s.other_${t}()`,
      'inserted or updated. Later',
    ],
    [
      'is one that comes with Postgres and sets something else',
      (t: string) => `DROP TRIGGER touch ON s.${t}; CREATE TRIGGER built_in BEFORE INSERT OR UPDATE ON s.${t}
        FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()`,
      'inserted or updated. Later',
    ],
  ])('a table is refused when its trigger %s, and the given statement fixes it', async (_, broken, cause) => {
    const table = await goodTable()
    await sql(broken(table))
    const findings = await check(table)
    expect(inShort(findings)).toEqual([untracked(table)])
    expect(findings[0]?.cause).toContain(cause)
    await fix(findings)
    expect(await check(table)).toEqual([])
  })

  /** The trigger, made anew. */
  function recreated(when: string, how: string): (table: string) => string {
    return (table) => `DROP TRIGGER touch ON s.${table};
      CREATE TRIGGER touch ${when} ON s.${table} ${how} EXECUTE FUNCTION s.touch();
      ALTER TABLE s.${table} ENABLE ALWAYS TRIGGER touch`
  }

  test('a table is accepted when one trigger runs for inserts and one for updates that change a row', async () => {
    const table = await goodTable()
    await sql(`DROP TRIGGER touch ON s.${table};
      CREATE TRIGGER on_insert BEFORE INSERT ON s.${table} FOR EACH ROW EXECUTE FUNCTION s.touch();
      CREATE TRIGGER on_update BEFORE UPDATE ON s.${table} FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION s.touch();
      ALTER TABLE s.${table} ENABLE ALWAYS TRIGGER on_insert, ENABLE ALWAYS TRIGGER on_update`)
    expect(await check(table)).toEqual([])
  })

  test('a table without a trigger is accepted when the catalog says that the application records changes', async () => {
    const table = await goodTable()
    await sql(`DROP TRIGGER touch ON s.${table}`)
    expect(await check(table, { changeTracking: 'application' })).toEqual([])
  })

  test('a trigger that replication does not run is warned of, and refused when a subscription writes to the table', async () => {
    const table = await goodTable()
    await sql(`ALTER TABLE s.${table} ENABLE TRIGGER touch`)
    const findings = await check(table)
    expect(inShort(findings)).toEqual([['warn', 'SOURCE_TRIGGER_UNSURE', `s.${table}`]])
    const subscription = `sub_${randomUUID().replaceAll('-', '')}`
    await sql(
      `CREATE SUBSCRIPTION ${subscription} CONNECTION 'dbname=nowhere' PUBLICATION p WITH (connect = false, slot_name = NONE)`,
    )
    onTestFinished(() => sql(`DROP SUBSCRIPTION ${subscription}`))
    await sql(`INSERT INTO pg_subscription_rel (srsubid, srrelid, srsubstate)
      SELECT oid, 's.${table}'::regclass, 'r' FROM pg_subscription WHERE subname = '${subscription}'`)
    const subscribed = await check(table)
    expect(inShort(subscribed)).toEqual([untracked(table)])
    expect(subscribed[0]?.cause).toContain('does not run for what the subscription of the table writes')
    await fix(subscribed)
    expect(await check(table)).toEqual([])
  })

  test('a trigger that is written in C is warned of', async () => {
    const table = await goodTable()
    await sql(`CREATE FUNCTION s.in_c() RETURNS trigger LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_call_handler';
      DROP TRIGGER touch ON s.${table};
      CREATE TRIGGER in_c BEFORE INSERT OR UPDATE ON s.${table} FOR EACH ROW EXECUTE FUNCTION s.in_c();
      ALTER TABLE s.${table} ENABLE ALWAYS TRIGGER in_c`)
    const findings = await check(table)
    expect(inShort(findings)).toEqual([['warn', 'SOURCE_TRIGGER_UNSURE', `s.${table}`]])
    expect(findings[0]?.cause).toContain('is written in C')
  })

  test('each partition needs the trigger, and the given statement makes it on all of them', async () => {
    await goodTable()
    await sql(`CREATE TABLE s.parted (code text, tenant text NOT NULL, name text, updated_at timestamptz NOT NULL,
        change_xid xid8 NOT NULL, PRIMARY KEY (tenant, code)) PARTITION BY LIST (tenant);
      CREATE INDEX ON s.parted (tenant, updated_at); CREATE INDEX ON s.parted (tenant, change_xid);
      CREATE TABLE s.parted_a PARTITION OF s.parted FOR VALUES IN ('a');
      CREATE TABLE s.parted_b PARTITION OF s.parted FOR VALUES IN ('b')`)
    const without = await check('parted')
    expect(inShort(without)).toEqual([['refuse', 'SOURCE_CHANGES_UNTRACKED', 's.parted_a and 1 more']])
    await fix(without)
    expect(await check('parted')).toEqual([])
    await sql('ALTER TABLE s.parted_b DISABLE TRIGGER tidemark_record_change')
    const disabled = await check('parted')
    expect(inShort(disabled)).toEqual([untracked('parted_b')])
    await fix(disabled)
    expect(await check('parted')).toEqual([])
  })

  test('a table that inherits needs a trigger of its own', async () => {
    const table = await goodTable()
    await sql(`CREATE TABLE s.child_of_${table} () INHERITS (s.${table})`)
    const refused = (await check(table)).filter(({ severity }) => severity === 'refuse')
    expect(inShort(refused)).toEqual([untracked(`child_of_${table}`)])
    await fix(refused)
    expect(inShort(await check(table)).filter(([severity]) => severity === 'refuse')).toEqual([])
  })

  test('the table below views needs the trigger, whatever the view calls its column', async () => {
    const table = await goodTable()
    await sql(`ALTER TABLE s.${table} RENAME change_xid TO xid; DROP TRIGGER touch ON s.${table};
      CREATE VIEW s.inner_${table} AS SELECT code, tenant, name, updated_at, xid AS x FROM s.${table};
      CREATE VIEW s.outer_${table} AS SELECT code, tenant, name, updated_at, x AS change_xid FROM s.inner_${table}`)
    const findings = (await check(`outer_${table}`)).filter(({ severity }) => severity === 'refuse')
    expect(inShort(findings)).toEqual([untracked(table)])
    expect(findings[0]?.cause).toContain('no trigger sets xid when')
    await fix(findings)
    expect(inShort(await check(`outer_${table}`))).toEqual([unclear(table)])
  })
})
