import { beforeAll, describe, expect, test } from 'vitest'
import { fillSample, hasSourceRows, type Filled } from '../../dev/sample-data/fill.js'
import { hostileTexts } from '../../dev/sample-data/hostile-values.js'
import { sampleTenants } from '../../dev/sample-data/tenants.js'
import { createMigratedDatabase } from '../support/postgres/postgres.js'
import {
  baseTime,
  client,
  connect,
  database,
  digests,
  entities,
  one,
  expectReferencesToHold,
  seed,
  table,
  tally,
  useSampleDatabase,
} from './support/sample.js'

const rows = 20_000

useSampleDatabase()

describe('a filled sample', () => {
  const lines: string[] = []
  let hadRows: boolean
  let filled: Filled[]
  beforeAll(async () => {
    hadRows = await hasSourceRows(database.url)
    filled = await fillSample({ url: database.url, seed, rows, baseTime, report: (line) => lines.push(line) })
  })

  test('a sample has about the requested number of rows, and reports it', async () => {
    let total = 0
    for (const { name } of entities) total += await tally(`FROM ${table(name)}`)
    expect(filled).toHaveLength(entities.length * sampleTenants.length)
    expect(filled.reduce((sum, part) => sum + part.rows, 0)).toBe(total)
    expect(total).toBeGreaterThan(rows * 0.95)
    expect(total).toBeLessThan(rows * 1.05)
    expect(lines).toHaveLength(entities.length)
    expect([hadRows, await hasSourceRows(database.url)]).toEqual([false, true])
  })

  test('a sample has tenants of very different size, and the smallest has empty entities', async () => {
    const sizes: number[] = []
    for (const { tenantId } of sampleTenants) {
      expect(tenantId).toMatch(/^[a-z0-9][a-z0-9_-]{0,62}$/)
      const counts: number[] = []
      for (const { name } of entities) counts.push(await tally(`FROM ${table(name)} WHERE tenant_code = '${tenantId}'`))
      expect(counts.includes(0), tenantId).toBe(tenantId === 'hooli')
      sizes.push(counts.reduce((sum, count) => sum + count, 0))
    }
    expect(sizes).toEqual(sizes.toSorted((a, b) => b - a))
    expect(sizes[0]).toBeGreaterThan(rows / 2)
    expect(sizes.at(-1)).toBeLessThan(20)
  })

  test('the same seed makes the same sample, and another seed another one', async () => {
    await using same = await createMigratedDatabase()
    await using other = await createMigratedDatabase()
    await fillSample({ url: same.url, seed, rows, baseTime })
    await fillSample({ url: other.url, seed: seed + 1, rows, baseTime })
    const [first, second, third] = [client, await connect(same.url), await connect(other.url)]
    try {
      const expected = await digests(first)
      expect(await digests(second)).toEqual(expected)
      const otherwise = await digests(third)
      expect(entities.filter(({ name }) => otherwise[name] === expected[name])).toEqual([])
    } finally {
      await Promise.all([second.end(), third.end()])
    }
  })

  test('a sample that fails leaves no rows', async () => {
    await using twice = await createMigratedDatabase()
    const tenants = [{ tenantId: 'acme', share: 0.5 }]
    await fillSample({ url: twice.url, seed, rows: 500, baseTime, tenants })
    const other = { tenantId: 'initech', share: 0.5 }
    await expect(
      fillSample({ url: twice.url, seed, rows: 500, baseTime, tenants: [other, ...tenants] }),
    ).rejects.toThrow(/duplicate key/)
    const connected = await connect(twice.url)
    const { n } = await one<{ n: string }>(
      `SELECT count(*) AS n FROM analytics."user" WHERE tenant_code = 'initech'`,
      [],
      connected,
    )
    await connected.end()
    expect(n).toBe('0')
  })

  test('a sample refuses a base time in the future, which the tables would not keep', async () => {
    const tomorrow = new Date(Date.now() + 86_400_000)
    await expect(fillSample({ url: database.url, seed, rows, baseTime: tomorrow })).rejects.toThrow(RangeError)
  })

  test('a sample covers two years, with more rows near the base time and some at midnight', async () => {
    const times = (where: string) =>
      tally(
        `FROM ${table('interaction')} WHERE updated_at ${where.replaceAll('base', `'${baseTime.toISOString()}'::timestamptz`)}`,
      )
    const all = await times('IS NOT NULL')
    expect(await times('>= base')).toBe(0)
    expect(await times(`< base - interval '732 days'`)).toBe(0)
    expect(await times(`< base - interval '365 days'`)).toBeGreaterThan(all * 0.1)
    expect(await times(`> base - interval '1 day'`)).toBeGreaterThan(all * 0.05)
    expect(await times(`= date_trunc('day', updated_at, 'UTC')`)).toBeGreaterThan(0)
    expect(
      await times(`= date_trunc('day', updated_at, 'UTC') + interval '1 day' - interval '1 microsecond'`),
    ).toBeGreaterThan(0)
    expect(await times("<> date_trunc('milliseconds', updated_at)")).toBeGreaterThan(all * 0.9)
    expect(await tally(`FROM ${table('interaction')} WHERE created_at > updated_at`)).toBe(0)
  })
})

describe('the values of a sample', () => {
  test('references of a sample point to existing rows that belong together', async () => {
    await expectReferencesToHold()
  })

  test.each(['globex', 'acme'])('a sample has every hostile text among the values of %s', async (tenantId) => {
    const found = new Set<string>()
    for (const { name, columns } of entities) {
      for (const column of columns.filter(({ type }) => type === 'string')) {
        const { rows: hits } = await client.query<{ value: string }>(
          `SELECT DISTINCT ${column.name} AS value FROM ${table(name)} WHERE tenant_code = $1 AND ${column.name} = ANY ($2)`,
          [tenantId, hostileTexts],
        )
        for (const { value } of hits) found.add(value)
      }
    }
    expect(hostileTexts.filter((text) => !found.has(text))).toEqual([])
  })

  test.each<[string, string]>([
    ['an empty text beside NULL', `FROM analytics.interaction WHERE referrer = ''`],
    ['NULL beside an empty text', `FROM analytics.interaction WHERE referrer IS NULL`],
    ['a text of 100 KB', `FROM analytics.content WHERE octet_length(body) BETWEEN 90000 AND 200000`],
    ['a number beyond a double', `FROM analytics.file WHERE size_bytes = 9007199254740993`],
    ['a number of 38 digits', `FROM analytics.survey_response WHERE answer_number > 99999999999999999999`],
    ['a negative number', `FROM analytics.sentiment_check_response WHERE score < 0`],
    ['a day in the year 1', `FROM analytics."user" WHERE hired_on = '0001-01-01'`],
    ['a day in the year 9999', `FROM analytics."user" WHERE hired_on = '9999-12-31'`],
    ['a day before Christ', `FROM analytics.section_instance WHERE visible_from < '0001-01-01'`],
    ['infinity', `FROM analytics.content WHERE expires_at = 'infinity'`],
    ['JSON with quotes in it', `FROM analytics.interaction WHERE context->>'quote' LIKE '%"no"%'`],
    ['JSON with unicode', `FROM analytics."user" WHERE profile->>'escapes' LIKE '%😀%'`],
    ['JSON with a number of many digits', `FROM analytics.content WHERE tags::text LIKE '%.123456789,%'`],
    ['a JSON null', `FROM analytics.survey_instance_question WHERE display_rule = 'null'`],
    ['deleted rows', `FROM analytics."user" WHERE is_deleted`],
  ])('a sample has %s', async (_what, sql) => {
    expect(await tally(sql)).toBeGreaterThan(0)
  })

  test('rows with the same code have other values in each tenant of a sample', async () => {
    const { rows: users } = await client.query<{ tenant: string; profile: string }>(
      `SELECT tenant_code AS tenant, email || status || coalesce(last_name, '') || coalesce(hired_on::text, '') AS profile
         FROM analytics."user" WHERE code = 'usr-000000002'`,
    )
    expect(users.map(({ tenant }) => tenant).toSorted()).toEqual(['acme', 'globex', 'hooli', 'initech'])
    expect(new Set(users.map(({ profile }) => profile)).size).toBe(4)
  })
})
