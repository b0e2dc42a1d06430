import { expect, test } from 'vitest'
import { writtenColumns } from '../../../src/domain/column-selection.js'
import {
  columnsChangedByCatalog,
  columnsChangedByRegistration,
  isOfCatalog,
} from '../../../src/domain/events/column-events.js'
import { defaultFileFormat } from '../../../src/domain/file-format.js'
import { type Registration, type RegistrationTarget, replaceRegistration } from '../../../src/domain/registration.js'
import { aCatalog, anEntity, change, selected } from '../../support/world/builders.js'

const column = (name: string) => ({ name, type: 'string' as const, description: `The ${name}.`, nullable: true })
const key = { ...column('code'), nullable: false }
const updated = { name: 'updated_at', type: 'datetime' as const, description: 'The last change.', nullable: false }
const user = anEntity('user', { columns: [key, column('name'), column('email'), updated] })
const catalog = aCatalog(user, anEntity('site'))

const registered = (target: Partial<RegistrationTarget>, current?: Registration): Registration =>
  replaceRegistration(current, { ...selected('user', 'site'), ...target }, change('2026-11-23T09:30:00Z'))
const without = (...exclude: string[]) => ({
  columnSelection: { columns: { user: { exclude } }, excludeTags: [] },
})

test('a registration that leaves columns out announces the old and the new columns of each entity', () => {
  const before = registered({})
  expect(columnsChangedByRegistration(catalog, before, registered(without('email'), before))).toEqual([
    {
      type: 'export.columns.changed',
      data: {
        ...{ cause: 'REGISTRATION', effective: 'NEXT_FILE' },
        entities: [
          {
            entity: 'user',
            before: ['code', 'name', 'email', 'updated_at'],
            after: ['code', 'name', 'updated_at'],
            ...{ added: [], removed: ['email'] },
          },
        ],
      },
    },
  ])
})

test('the column change_type announces a change of every entity', () => {
  const before = registered({})
  const after = registered({ fileFormat: { ...defaultFileFormat, changeType: true } }, before)
  const [event] = columnsChangedByRegistration(catalog, before, after)
  expect(event?.data['entities']).toMatchObject([
    { entity: 'user', added: ['change_type'] },
    { entity: 'site', added: ['change_type'] },
  ])
})

test('the first registration, another frequency and a new entity announce no columns', () => {
  const before = registered({ entities: ['site'] })
  expect(columnsChangedByRegistration(catalog, undefined, before)).toEqual([])
  expect(columnsChangedByRegistration(catalog, before, registered({ frequency: 'WEEKLY' }, before))).toEqual([])
  expect(columnsChangedByRegistration(catalog, before, registered(without('email'), before))).toEqual([])
})

test('a column that is added to the catalog is announced before the file', () => {
  const then = anEntity('user', { columns: [key, column('name'), updated] })
  const planned = { entity: user, delivered: user, last: writtenColumns(then, then) }
  expect(isOfCatalog(planned)).toBe(true)
  expect(columnsChangedByCatalog([planned], 'k')).toMatchObject([
    { key: 'export.columns.changed:k', data: { cause: 'CATALOG', entities: [{ entity: 'user', added: ['email'] }] } },
  ])
})

test('a column of another type is announced, although the names stay', () => {
  const then = anEntity('user', { columns: [key, { ...column('name'), type: 'json' }, column('email'), updated] })
  const [event] = columnsChangedByCatalog([{ entity: user, delivered: user, last: writtenColumns(then, then) }], 'k')
  expect(event?.data['entities']).toMatchObject([{ entity: 'user', added: [], removed: [] }])
})

test('a column of the catalog that the tenant does not receive is not announced', () => {
  const then = anEntity('user', { columns: [key, column('name'), updated] })
  const delivered = then
  expect(isOfCatalog({ entity: user, delivered, last: writtenColumns(then, then) })).toBe(false)
})

test('a change of the selection is left to the event of the registration', () => {
  const selectedThen = anEntity('user', { columns: [key, updated] })
  expect(isOfCatalog({ entity: user, delivered: user, last: writtenColumns(user, selectedThen) })).toBe(false)
  expect(columnsChangedByCatalog([], 'k')).toEqual([])
})
