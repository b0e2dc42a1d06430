import fc from 'fast-check'
import { expect, test } from 'vitest'
import { tenantCheck } from '../../src/source/tenant-check.js'
import { rowBlock } from '../support/postgres/row-block.js'

const foreign = { name: 'ExportError', code: 'SOURCE_FOREIGN_ROW' }

function isRefused(tenantId: string, rows: (string | null)[][]): boolean {
  try {
    tenantCheck(tenantId)(rowBlock(rows))
    return false
  } catch (error) {
    expect(error).toMatchObject(foreign)
    return true
  }
}

test.each(['acm', 'acme2', 'acmf', 'xacme', 'x'.repeat(255) + 'acme', 'ACME', '', null])(
  'a row of %j is not taken for a row of acme, at any position',
  (tenant) => {
    const own = ['one', null, 'acme']
    expect(isRefused('acme', [own, own])).toBe(false)
    expect(isRefused('acme', [own, ['acme', 'acme', tenant], own])).toBe(true)
    expect(isRefused('acme', [['acme', tenant]])).toBe(true)
    expect(isRefused('acme', [own, [tenant]])).toBe(true)
  },
)

// In the form of domain/actor.ts, of few letters and often short, so that one is often the end of another.
const tenantIds = fc.oneof(
  fc.stringMatching(/^[ab]{1,6}$/),
  fc.integer({ min: 1, max: 63 }).map((length) => 'a'.repeat(length)),
)
/** Any text of Postgres, which has no zero byte. */
const texts = fc.oneof(fc.string({ unit: 'binary', maxLength: 20 }), tenantIds).map((text) => text.replaceAll('\0', ''))
const values = fc.option(
  fc.oneof(
    texts,
    texts.map((text) => text.padEnd(260, 'a')),
  ),
)

test('a block is refused if, and only if, the last value of one of its rows is not the tenant', () => {
  const rows = fc.array(fc.array(values, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 })
  fc.assert(
    fc.property(tenantIds, rows, fc.boolean(), (tenantId, given, areOwn) => {
      const sent = areOwn ? given.map((row) => [...row, tenantId]) : given
      expect(isRefused(tenantId, sent)).toBe(sent.some((row) => row.at(-1) !== tenantId))
    }),
    { numRuns: 5_000 },
  )
})
