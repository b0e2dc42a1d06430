import { loadCatalog } from '../../../src/catalog/load.js'
import { describe, expect, test } from 'vitest'
import {
  check,
  fix,
  goodTable,
  hidden,
  inShort,
  newRole,
  readAll,
  source,
  sql,
  untracked,
  useCheckedSource,
} from '../support/checked-source.js'

useCheckedSource()

test('the check finds nothing in the sample source', async () => {
  for (const entity of (await loadCatalog(undefined)).entities) {
    expect({ [entity.name]: await source.check(entity, { countRows: true }) }).toEqual({ [entity.name]: [] })
  }
  expect(await source.checkDatabase()).toEqual([])
})

describe('row-level security', () => {
  test('row-level security that holds for the owner of a view is found on the table of the view', async () => {
    const [owner, table] = [await newRole(), await goodTable()]
    await sql(`GRANT SELECT ON s.${table} TO ${owner}; ALTER TABLE s.${table} ENABLE ROW LEVEL SECURITY;
      CREATE VIEW s.of_${table} AS SELECT * FROM s.${table}; ALTER VIEW s.of_${table} OWNER TO ${owner}`)
    const findings = await check(`of_${table}`)
    expect(inShort(findings)).toEqual([hidden(table)])
    expect(findings[0]?.cause).toContain(`from ${owner}, the owner of a view`)
    await fix(findings)
    expect(await check(`of_${table}`)).toEqual([])
  })

  test('row-level security that holds for the login is found below a view with security_invoker, at any depth', async () => {
    const [owner, table] = [await newRole(), await goodTable()]
    await sql(`GRANT SELECT ON s.${table} TO ${owner}; ALTER TABLE s.${table} ENABLE ROW LEVEL SECURITY;
      CREATE POLICY owners ON s.${table} TO ${owner} USING (true);
      CREATE VIEW s.inner_${table} WITH (security_invoker = on) AS SELECT * FROM s.${table};
      CREATE VIEW s.outer_${table} AS SELECT * FROM s.inner_${table};
      GRANT SELECT ON s.inner_${table} TO ${owner}; ALTER VIEW s.outer_${table} OWNER TO ${owner}`)
    const findings = await check(`outer_${table}`)
    expect(inShort(findings)).toEqual([hidden(table)])
    expect(findings[0]?.cause).toContain('from tidemark_reader')
    await fix(findings)
    expect(await check(`outer_${table}`)).toEqual([])
  })

  test('row-level security is no finding when it does not hold for the owner of the view', async () => {
    const table = await goodTable()
    await sql(`ALTER TABLE s.${table} ENABLE ROW LEVEL SECURITY; CREATE VIEW s.of_${table} AS SELECT * FROM s.${table}`)
    expect(await check(`of_${table}`)).toEqual([])
  })

  test('forced row-level security is found on a table that the login owns', async () => {
    const table = await goodTable()
    await sql(`ALTER TABLE s.${table} OWNER TO tidemark_reader; ALTER TABLE s.${table} ENABLE ROW LEVEL SECURITY`)
    const owned = [['warn', 'SOURCE_LOGIN_MAY_WRITE', `s.${table}`]]
    expect(inShort(await check(table))).toEqual(owned)
    await sql(`ALTER TABLE s.${table} FORCE ROW LEVEL SECURITY`)
    const findings = await check(table)
    expect(inShort(findings)).toEqual([hidden(table), ...owned])
    await fix(findings.slice(0, 1))
    expect(inShort(await check(table))).toEqual(owned)
  })

  test('row-level security is no finding when a policy shows every row to a role of the login', async () => {
    const [role, table] = [await newRole(), await goodTable()]
    await sql(`ALTER TABLE s.${table} ENABLE ROW LEVEL SECURITY; GRANT ${role} TO tidemark_reader;
      CREATE POLICY all_rows ON s.${table} TO ${role} USING (true)`)
    expect(await check(table, { countRows: true })).toEqual([])
  })

  test.each([
    ['one for another command', 'FOR UPDATE TO tidemark_reader USING (true)'],
    ['one for another role', 'FOR SELECT TO tidemark_app USING (true)'],
    ['one that looks at the row', `FOR SELECT TO tidemark_reader USING (code <> 'x')`],
    ['a restrictive one', 'AS RESTRICTIVE FOR SELECT TO tidemark_reader USING (true)'],
  ])('row-level security is found when its only policy is %s', async (_, policy) => {
    const table = await goodTable()
    await sql(`ALTER TABLE s.${table} ENABLE ROW LEVEL SECURITY; CREATE POLICY one ON s.${table} ${policy}`)
    expect(inShort(await check(table))).toEqual([hidden(table)])
  })
})

test('a read is refused when row-level security holds for a table that only a function of a view reads', async () => {
  const table = await goodTable()
  await sql(`INSERT INTO s.${table} (tenant, code) VALUES ('acme', '1');
    CREATE FUNCTION s.rows_of_${table}() RETURNS SETOF s.${table} STABLE LANGUAGE plpgsql AS
      $$ BEGIN RETURN QUERY SELECT * FROM s.${table}; END $$;
    CREATE VIEW s.by_function AS SELECT * FROM s.rows_of_${table}();
    GRANT SELECT ON ALL TABLES IN SCHEMA s TO tidemark_reader`)
  expect(await readAll('by_function')).toBe(1)
  await sql(`ALTER TABLE s.${table} ENABLE ROW LEVEL SECURITY`)
  await expect(readAll('by_function')).rejects.toMatchObject({
    code: 'SOURCE_ROWS_HIDDEN',
    message: expect.stringContaining(`"${table}" (42501)`),
  })
})

describe('rows of another moment', () => {
  test.each([
    ['materialized view', (t: string) => `CREATE MATERIALIZED VIEW s.other_${t} AS SELECT * FROM s.${t}`],
    [
      'foreign table',
      (t: string) => `CREATE FOREIGN DATA WRAPPER w_${t}; CREATE SERVER far_${t} FOREIGN DATA WRAPPER w_${t};
        CREATE FOREIGN TABLE s.other_${t} (code text, tenant text, name text, updated_at timestamptz, change_xid xid8)
          SERVER far_${t}`,
    ],
  ])('a %s is refused, also below a view', async (kind, make) => {
    const table = await goodTable()
    await sql(`${make(table)}; CREATE VIEW s.of_${table} AS SELECT * FROM s.other_${table}`)
    for (const name of [`other_${table}`, `of_${table}`]) {
      const refused = (await check(name)).filter(({ severity }) => severity === 'refuse')
      expect(inShort(refused)).toEqual([untracked(`other_${table}`)])
      expect(refused[0]?.cause).toContain(`it is a ${kind}`)
    }
  })

  test('a partition that is a foreign table is refused', async () => {
    await goodTable()
    await sql(`CREATE FOREIGN DATA WRAPPER w; CREATE SERVER far FOREIGN DATA WRAPPER w;
      CREATE TABLE s.mixed (code text, tenant text NOT NULL, name text, updated_at timestamptz NOT NULL,
        change_xid xid8 NOT NULL) PARTITION BY LIST (tenant);
      CREATE FOREIGN TABLE s.mixed_far PARTITION OF s.mixed FOR VALUES IN ('a') SERVER far`)
    expect(inShort(await check('mixed'))).toContainEqual(untracked('mixed_far'))
  })
})

describe('rows that no window takes', () => {
  test('rows without a time, without a transaction, at infinity and in the future are counted one by one', async () => {
    const table = await goodTable()
    await sql(`ALTER TABLE s.${table} ALTER updated_at DROP NOT NULL, ALTER change_xid DROP NOT NULL, DISABLE TRIGGER touch;
      INSERT INTO s.${table} (tenant, code, updated_at, change_xid) VALUES ('a', '1', now(), '3'), ('a', '2', NULL, '3'),
        ('b', '3', NULL, NULL), ('b', '4', 'infinity', '3'), ('b', '5', '2999-01-01', '3'), ('b', '6', '-infinity', '3');
      ALTER TABLE s.${table} ENABLE ALWAYS TRIGGER touch; CREATE VIEW s.of_${table} AS SELECT * FROM s.${table}`)
    const findings = await check(`of_${table}`, { countRows: true })
    expect(findings.map(({ severity, code, cause }) => [severity, code, cause.split(',')[0]])).toEqual([
      ['refuse', 'SOURCE_ROWS_UNDECIDED', '2 rows have no updated_at (NULL)'],
      ['refuse', 'SOURCE_ROWS_UNDECIDED', '1 row has no change_xid (NULL)'],
      ['refuse', 'SOURCE_ROWS_UNDECIDED', '1 row has infinity as updated_at'],
      ['warn', 'SOURCE_ROWS_AHEAD', expect.stringContaining('1 row is dated more than a day in the future')],
    ])
    await fix(findings.filter(({ severity }) => severity === 'refuse'))
    expect(inShort(await check(`of_${table}`, { countRows: true }))).toEqual([
      ['warn', 'SOURCE_ROWS_AHEAD', `s.of_${table}`],
    ])
  })

  test('counting the rows of a table ends after some seconds with a warning', async () => {
    const table = await goodTable()
    await sql(`CREATE FUNCTION s.takes_long() RETURNS timestamptz LANGUAGE plpgsql IMMUTABLE AS
        $$ BEGIN PERFORM pg_sleep(60); RETURN now(); END $$;
      INSERT INTO s.${table} (tenant, code) VALUES ('a', '1');
      CREATE VIEW s.of_${table} AS SELECT code, tenant, name, greatest(updated_at, s.takes_long()) AS updated_at, change_xid FROM s.${table}`)
    expect(inShort(await check(`of_${table}`, { countRows: true }))).toEqual([
      ['warn', 'SOURCE_ROWS_NOT_COUNTED', `s.of_${table}`],
    ])
  })
})
