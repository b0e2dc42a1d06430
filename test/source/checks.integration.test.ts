import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { loadCatalog, parseCatalog } from '../../src/catalog/load.js'
import type { Entity } from '../../src/domain/entity.js'
import type { SourceFinding } from '../../src/domain/source-finding.js'
import { createSource, type Source } from '../../src/source/source.js'
import { makeOwnTables, ownEntity } from '../support/own-source.js'
import { createMigratedDatabase, type TestDatabase } from '../support/postgres.js'

let database: TestDatabase
let admin: pg.Client
let source: Source
const roles: string[] = []

beforeAll(async () => {
  database = await createMigratedDatabase()
  admin = new pg.Client({ connectionString: database.url })
  await admin.connect()
  await makeOwnTables(world)
  source = createSource({ url: database.readerUrl, poolSize: 2 })
})

afterAll(async () => {
  await source?.[Symbol.asyncDispose]()
  for (const role of roles) await admin.query(`DROP OWNED BY ${role} CASCADE; DROP ROLE ${role}`)
  await admin?.end()
  await database?.[Symbol.asyncDispose]()
})

const sql = async (text: string) => void (await admin.query(text))
const world = { sql: async <Row extends pg.QueryResultRow>(text: string) => (await admin.query<Row>(text)).rows }

/** Roles belong to the whole server, which other tests use, too. */
async function newRole(): Promise<string> {
  const role = `role_${randomUUID().replaceAll('-', '')}`
  await sql(`CREATE ROLE ${role}; GRANT USAGE ON SCHEMA s TO ${role}`)
  roles.push(role)
  return role
}

let tables = 0

/** A table that has all that it needs, under a name of its own. */
async function goodTable(): Promise<string> {
  const name = `t${(tables += 1)}`
  await makeOwnTables(world, name)
  return name
}

function entityOf(name: string, more: object = {}): Entity {
  const [entity] = parseCatalog({ entities: [ownEntity(name, more)] }).entities
  if (!entity) throw new Error('no entity')
  return entity
}

interface CheckOptions {
  readonly countRows?: boolean
  readonly changeTracking?: string
}

async function check(name: string, { countRows = false, ...more }: CheckOptions = {}): Promise<SourceFinding[]> {
  await sql('GRANT SELECT ON ALL TABLES IN SCHEMA s TO tidemark_reader')
  return source.check(entityOf(name, more), { countRows })
}

/** How many rows of acme a full load has. */
async function readAll(name: string): Promise<number> {
  await using reader = createSource({ url: database.readerUrl, poolSize: 1 })
  const full = { entity: entityOf(name), tenantId: 'acme', to: new Date('2999-01-01'), mode: 'full' } as const
  return await reader.read(full, new AbortController().signal, async ({ blocks }) => {
    let rows = 0
    for await (const block of blocks) rows += block.rows
    return rows
  })
}

const inShort = (findings: readonly SourceFinding[]) =>
  findings.map(({ severity, code, table }) => [severity, code, table])

/** Carries out the statement that a finding gives, as the owner of everything. */
async function fix(findings: readonly SourceFinding[]): Promise<void> {
  for (const finding of findings) await admin.query(finding.fix.replaceAll(/ CONCURRENTLY|;[^;]* BYPASSRLS$/g, ''))
}

const untracked = (table: string) => ['refuse', 'SOURCE_CHANGES_UNTRACKED', `s.${table}`]
const hidden = (table: string) => ['refuse', 'SOURCE_ROWS_HIDDEN', `s.${table}`]
const unclear = (table: string) => ['warn', 'SOURCE_VIEW_UNCLEAR', `s.${table}`]

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

describe('an index', () => {
  const missing = (table: string) => ['warn', 'SOURCE_INDEX_MISSING', `s.${table}`]

  test.each([
    ['that is not there', (t: string) => `DROP INDEX s.${t}_tenant_updated_at_idx`],
    [
      'that Postgres could not finish',
      (t: string) =>
        `UPDATE pg_index SET indisvalid = false WHERE indexrelid = 's.${t}_tenant_change_xid_idx'::regclass`,
    ],
    [
      'of some rows alone',
      (t: string) =>
        `DROP INDEX s.${t}_tenant_change_xid_idx; CREATE INDEX ON s.${t} (tenant, change_xid) WHERE name <> 'x'`,
    ],
    [
      'in another order',
      (t: string) => `DROP INDEX s.${t}_tenant_change_xid_idx; CREATE INDEX ON s.${t} (change_xid, tenant)`,
    ],
    [
      'of an expression',
      (t: string) => `DROP INDEX s.${t}_tenant_updated_at_idx; CREATE INDEX ON s.${t} (lower(tenant), updated_at)`,
    ],
    [
      'that only includes the column',
      (t: string) => `DROP INDEX s.${t}_tenant_updated_at_idx; CREATE INDEX ON s.${t} (tenant) INCLUDE (updated_at)`,
    ],
  ])('a needed index %s is warned of, and the given statement makes it', async (_, broken) => {
    const table = await goodTable()
    await sql(broken(table))
    const findings = await check(table)
    expect(inShort(findings)).toEqual([missing(table)])
    await fix(findings)
    expect(await check(table)).toEqual([])
  })

  test.each([
    ['more columns', '(tenant, change_xid, name)'],
    ['all rows that have the columns', '(tenant, change_xid) WHERE change_xid IS NOT NULL'],
  ])('an index of %s is accepted', async (_, index) => {
    const table = await goodTable()
    await sql(`DROP INDEX s.${table}_tenant_change_xid_idx; CREATE INDEX ON s.${table} ${index}`)
    expect(await check(table)).toEqual([])
  })

  test('a missing index of a partitioned table is one warning, also below a view', async () => {
    await goodTable()
    await sql(`CREATE TABLE s.many (code text, tenant text NOT NULL, name text, updated_at timestamptz NOT NULL,
        change_xid xid8 NOT NULL, PRIMARY KEY (tenant, code)) PARTITION BY LIST (tenant);
      CREATE INDEX ON s.many (tenant, updated_at);
      CREATE TABLE s.many_a PARTITION OF s.many FOR VALUES IN ('a'); CREATE TABLE s.many_b PARTITION OF s.many FOR VALUES IN ('b');
      CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON s.many FOR EACH ROW EXECUTE FUNCTION s.touch();
      ALTER TABLE s.many_a ENABLE ALWAYS TRIGGER touch; ALTER TABLE s.many_b ENABLE ALWAYS TRIGGER touch;
      CREATE VIEW s.of_many AS SELECT * FROM s.many`)
    expect(inShort(await check('of_many'))).toEqual([missing('many')])
    const findings = await check('many')
    expect(inShort(findings)).toEqual([missing('many')])
    await fix(findings)
    expect(await check('many')).toEqual([])
  })

  test('a table without a unique index on its key is warned of', async () => {
    const table = await goodTable()
    await sql(
      `ALTER TABLE s.${table} DROP CONSTRAINT ${table}_pkey; CREATE UNIQUE INDEX ON s.${table} (tenant, code) WHERE name <> 'x'`,
    )
    const findings = await check(table)
    expect(inShort(findings)).toEqual([['warn', 'SOURCE_KEY_NOT_UNIQUE', `s.${table}`]])
    await fix(findings)
    expect(await check(table)).toEqual([])
  })
})

describe('a view', () => {
  test.each([
    ['asks for a setting', `SELECT * FROM s.T WHERE tenant = current_setting('app.tenant', true)`, 'current_setting'],
    ['asks who reads', 'SELECT * FROM s.T WHERE tenant = CURRENT_USER', 'CURRENT_USER'],
    ['depends on the time', `SELECT * FROM s.T WHERE updated_at > now() - interval '1 year'`, 'now'],
    ['shows some rows', 'SELECT * FROM s.T LIMIT 1000', 'LIMIT'],
    [
      'calls a function that may read tables',
      'SELECT code, tenant, s.looked_up(name) AS name, updated_at, change_xid FROM s.T',
      's.looked_up',
    ],
    [
      'has a transaction that no table gives',
      `SELECT code, tenant, name, updated_at, '3'::xid8 AS change_xid FROM s.T`,
      'no table below',
    ],
    [
      'also reads a table that dates nothing',
      'SELECT t.code, tenant, label AS name, updated_at, change_xid FROM s.T t JOIN s.labels l ON l.code = t.name',
      's.labels',
    ],
  ])('a view that %s is warned of', async (_, query, cause) => {
    const table = await goodTable()
    await sql(`CREATE TABLE IF NOT EXISTS s.labels (code text PRIMARY KEY, label text);
      CREATE OR REPLACE FUNCTION s.looked_up(text) RETURNS text STABLE LANGUAGE sql AS 'SELECT label FROM s.labels WHERE code = $1';
      CREATE VIEW s.of_${table} AS ${query.replace('s.T', `s.${table}`)}`)
    const findings = await check(`of_${table}`)
    expect(inShort(findings)).toEqual([unclear(`of_${table}`)])
    expect(findings[0]?.cause).toContain(cause)
  })

  test('the check finds nothing in a view of tables that all have the trigger', async () => {
    const [one, other] = [await goodTable(), await goodTable()]
    await sql(`CREATE VIEW s.both AS SELECT * FROM s.${one} UNION ALL SELECT * FROM s.${other};
      CREATE VIEW s.words AS SELECT code, tenant, 'current_setting( LIMIT'::text AS name, updated_at, change_xid FROM s.${one}`)
    expect(await check('both', { countRows: true })).toEqual([])
    expect(await check('words')).toEqual([])
  })
})

describe('a table', () => {
  test.each([
    [
      'whose tenant may be NULL',
      (t: string) =>
        `ALTER TABLE s.${t} DROP CONSTRAINT ${t}_pkey, ALTER tenant DROP NOT NULL; CREATE UNIQUE INDEX ON s.${t} (tenant, code)`,
      'SOURCE_TENANT_MISSING',
    ],
    ['that a crash empties', (t: string) => `ALTER TABLE s.${t} SET UNLOGGED`, 'SOURCE_ROWS_NOT_DURABLE'],
  ])('a table %s is warned of, and the given statement fixes it', async (_, broken, code) => {
    const table = await goodTable()
    await sql(broken(table))
    const findings = await check(table)
    expect(inShort(findings)).toEqual([['warn', code, `s.${table}`]])
    await fix(findings)
    expect(await check(table)).toEqual([])
  })

  test('a table that the login may write to is warned of', async () => {
    const table = await goodTable()
    await sql(`GRANT DELETE ON s.${table} TO tidemark_reader`)
    expect(inShort(await check(table))).toEqual([['warn', 'SOURCE_LOGIN_MAY_WRITE', `s.${table}`]])
  })

  test('a tenant column whose collation has another version is warned of', async () => {
    const table = await goodTable()
    await sql(`CREATE COLLATION s.sorted (provider = icu, locale = 'de');
      ALTER TABLE s.${table} ALTER tenant TYPE text COLLATE s.sorted;
      UPDATE pg_collation SET collversion = '1' WHERE collname = 'sorted'`)
    const findings = await check(table)
    expect(inShort(findings)).toEqual([['warn', 'SOURCE_ORDER_CHANGED', `s.${table}`]])
    await fix(findings)
    expect(await check(table)).toEqual([])
  })
})

describe('the database', () => {
  /** What is found on a connection that begins after the change. */
  async function found(): Promise<SourceFinding[]> {
    await using fresh = createSource({ url: database.readerUrl, poolSize: 8 })
    return await fresh.checkDatabase()
  }
  const name = () => new URL(database.url).pathname.slice(1)

  test('a database whose collation has another version is warned of', async () => {
    const set = (version: string) =>
      sql(`UPDATE pg_database SET datcollversion = ${version} WHERE datname = '${name()}'`)
    await set(`'0'`)
    expect(inShort(await found())).toEqual([['warn', 'SOURCE_ORDER_CHANGED', `the database ${name()}`]])
    await set(`pg_database_collation_actual_version(oid)`)
    expect(await found()).toEqual([])
  })

  test.each([
    ['temp_file_limit', `temp_file_limit = '1GB'`, 'temp_file_limit is 1GB'],
    ['ignore_checksum_failure', 'ignore_checksum_failure = on', 'ignore_checksum_failure is on'],
  ])('a setting that the login cannot change is warned of: %s', async (setting, change, cause) => {
    await sql(`ALTER DATABASE ${name()} SET ${change}`)
    expect((await found()).map((finding) => finding.cause)).toEqual([expect.stringContaining(cause)])
    await sql(`ALTER DATABASE ${name()} RESET ${setting}`)
  })

  test('a limit of connections below those of a worker is warned of', async () => {
    await sql(`ALTER DATABASE ${name()} CONNECTION LIMIT 5`)
    expect((await found()).map(({ cause }) => cause)).toEqual([
      'the login may have 5 connections, but a worker wants 9',
    ])
    await sql(`ALTER DATABASE ${name()} CONNECTION LIMIT -1`)
  })

  test('the database and each read are refused when damaged pages look empty', async () => {
    const table = await goodTable()
    await sql(`GRANT SELECT ON s.${table} TO tidemark_reader; ALTER DATABASE ${name()} SET zero_damaged_pages = on`)
    expect((await found()).map(({ severity, code }) => [severity, code])).toEqual([['refuse', 'SOURCE_ROWS_HIDDEN']])
    await expect(readAll(table)).rejects.toMatchObject({
      code: 'SOURCE_ROWS_HIDDEN',
      message: expect.stringContaining('zero_damaged_pages'),
    })
    await sql(`ALTER DATABASE ${name()} RESET zero_damaged_pages`)
    expect(await found()).toEqual([])
  })
})

describe('a string that is no text in the source', () => {
  const findings = async (type: string, sourceType: string | undefined) => {
    const name = await goodTable()
    await sql(`ALTER TABLE s.${name} ADD more ${type}`)
    const { columns } = ownEntity(name) as { columns: object[] }
    const more = { name: 'more', type: 'string', description: 'x', nullable: true, sourceType }
    await sql('GRANT SELECT ON ALL TABLES IN SCHEMA s TO tidemark_reader')
    const found = await source.check(entityOf(name, { columns: [...columns, more] }), { countRows: false })
    return found.map((finding) => `${finding.code}: ${finding.cause}: ${finding.fix}`)
  }

  test.each([
    ['interval(3)', 'interval'],
    ['text[]', 'text[]'],
    ['numeric(5,-2)[]', 'numeric[]'],
    ['uuid', 'uuid'],
    ['uuid', undefined],
  ])('%s is exported where the catalog says %s', async (type, sourceType) => {
    expect(await findings(type, sourceType)).toEqual([])
  })

  test.each([
    ['interval', undefined, /is of type interval, which is no text: let the catalog say "sourceType": "interval"/],
    ['interval', 'text[]', /is of type interval, but the catalog says that it is text\[\]/],
    ['text', 'interval', /is of type text, but the catalog says that it is interval/],
    ['money[]', 'money[]', /is of type _money, but as a string it must be one of text/],
  ])('%s is refused where the catalog says %s', async (type, sourceType, message) => {
    expect(await findings(type, sourceType)).toEqual([expect.stringMatching(/^SOURCE_SCHEMA_MISMATCH: /)])
    expect(await findings(type, sourceType)).toEqual([expect.stringMatching(message)])
  })
})
