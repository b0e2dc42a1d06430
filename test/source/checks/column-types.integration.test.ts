import { expect, test } from 'vitest'
import { entityOf, goodTable, source, sql, useCheckedSource } from '../support/checked-source.js'
import { ownEntity } from '../../support/postgres/own-source.js'

useCheckedSource()

/** The findings about a table with one more column of the given type, which the catalog lists as a string. */
async function findings(type: string, sourceType: string | undefined): Promise<string[]> {
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
])('a column of type %s is exported as a string where the catalog says %s', async (type, sourceType) => {
  expect(await findings(type, sourceType)).toEqual([])
})

test.each([
  ['interval', undefined, /is of type interval, which is no text: let the catalog say "sourceType": "interval"/],
  ['interval', 'text[]', /is of type interval, but the catalog says that it is text\[\]/],
  ['text', 'interval', /is of type text, but the catalog says that it is interval/],
  ['money[]', 'money[]', /is of type _money, but as a string it must be one of text/],
])('a column of type %s is refused as a string where the catalog says %s', async (type, sourceType, message) => {
  expect(await findings(type, sourceType)).toEqual([expect.stringMatching(/^SOURCE_SCHEMA_MISMATCH: /)])
  expect(await findings(type, sourceType)).toEqual([expect.stringMatching(message)])
})
