import { expect, test } from 'vitest'
import { defaultFileFormat } from '../../../src/domain/file-format.js'
import { withChangeTypes } from '../../../src/services/registrations/change-type-check.js'
import { aCatalog, anEntity, selected } from '../../support/world/builders.js'

const recorded = anEntity('user', { insertXidColumn: 'insert_xid', insertedAtColumn: 'inserted_at' })
const catalog = aCatalog(recorded, 'site', ...Array.from({ length: 30 }, (_, index) => `kind ${index}`))
const wanted = (...entities: string[]) => ({
  ...selected(...entities),
  fileFormat: { ...defaultFileFormat, changeType: true },
})

test('changeType is accepted for entities whose inserts the source records', () => {
  expect(withChangeTypes(catalog, wanted('user')).ok).toBe(true)
})

test('a registration without changeType needs no records of inserts (promise 15)', () => {
  expect(withChangeTypes(catalog, selected('user', 'site')).ok).toBe(true)
})

test('changeType is refused with the names of the entities that cannot tell inserts', () => {
  const refusal = withChangeTypes(catalog, wanted('user', 'site'))
  expect(refusal).toMatchObject({
    ok: false,
    userErrors: [{ code: 'CHANGE_TYPE_UNAVAILABLE', path: ['input', 'fileFormat', 'changeType'] }],
  })
  expect(refusal.ok || refusal.userErrors[0]?.message).toMatch(/rows of "site" were inserted/)
})

test('a refusal of many entities names at most twenty of them', () => {
  const refusal = withChangeTypes(catalog, wanted(...catalog.entities.map(({ name }) => name)))
  expect(refusal.ok || refusal.userErrors[0]?.message).toMatch(/"kind 18" and 11 more were inserted/)
})
