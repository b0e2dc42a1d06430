import { expect, test } from 'vitest'
import { changesBetween } from '../../../console/src/pages/audit/json-diff'

test('only the values that differ are listed, with their paths', () => {
  const before = { version: 1, fileFormat: { compression: 'NONE', delimiter: ',' } }
  const after = { version: 2, fileFormat: { compression: 'GZIP', delimiter: ',' } }
  expect(changesBetween(before, after)).toEqual([
    { path: 'version', before: '1', after: '2' },
    { path: 'fileFormat.compression', before: 'NONE', after: 'GZIP' },
  ])
})

test('an item that is added to a list of named items changes nothing of the others', () => {
  const user = { name: 'user', active: true }
  const site = { name: 'site', active: true }
  expect(changesBetween({ entities: [user] }, { entities: [site, user] })).toEqual([
    { path: 'entities.site.active', before: undefined, after: 'true' },
  ])
})

test('an event without a state before lists all values', () => {
  expect(changesBetween(null, { days: 30, none: null, list: ['a'], empty: [] })).toEqual([
    { path: 'days', before: undefined, after: '30' },
    { path: 'none', before: undefined, after: 'null' },
    { path: 'list.1', before: undefined, after: 'a' },
    { path: 'empty', before: undefined, after: 'none' },
  ])
})

test('hostile names and values stay text', () => {
  const hostile = '<img src=x onerror=alert(1)>'
  expect(changesBetween(null, { [hostile]: hostile, __proto__: { x: 1 } })).toEqual([
    { path: hostile, before: undefined, after: hostile },
  ])
  expect(changesBetween(null, JSON.parse('{"__proto__":{"x":1}}'))).toEqual([
    { path: '__proto__.x', before: undefined, after: '1' },
  ])
})

test('an object without values has no changes', () => {
  expect(changesBetween(null, null)).toEqual([])
  expect(changesBetween({}, {})).toEqual([])
})
