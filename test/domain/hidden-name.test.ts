import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { hiddenPath, isHiddenIndex, isHiddenManifest, isHiddenName } from '../../src/domain/hidden-name.js'

const path = '/exports/acme/2026/11/23/user/user.csv'
const id = '0f8fad5b-d9cb-469f-a165-70867728950e'

test('a hidden file is stored beside its final name, so that a rename is enough', () => {
  expect(hiddenPath(path, id)).toBe(`/exports/acme/2026/11/23/user/.user.csv.${id}.part`)
  expect(hiddenPath(path, id, '{id}_{name}.tmp')).toBe(`/exports/acme/2026/11/23/user/${id}_user.csv.tmp`)
})

test('each claim has a hidden name of its own', () => {
  expect(hiddenPath(path, randomUUID())).not.toBe(hiddenPath(path, randomUUID()))
})

test.each(['.{name}.{id}.part', '{name}.{id}.filepart', '{id}-{name}.tmp', 'tmp.{id}{name}.', '{name}{id}'])(
  'hidden names of the pattern %s are recognized, and other names are not',
  (pattern) => {
    const nameOf = (final: string): string => hiddenPath(`/${final}`, id, pattern).slice(1)
    const manifests = ['datapackage.json', 'datapackage.json.jws']
    const indexes = ['index.json', 'index.json.jws']
    for (const final of ['user.csv', 'user.0001.csv.gz', '$&.csv', ...manifests, ...indexes]) {
      expect(isHiddenName(nameOf(final), pattern)).toBe(true)
      expect(isHiddenManifest(nameOf(final), pattern)).toBe(manifests.includes(final))
      expect(isHiddenIndex(nameOf(final), pattern)).toBe(indexes.includes(final))
      expect(isHiddenName(final, pattern)).toBe(false)
    }
    // Files that were written before the pattern was changed.
    expect(isHiddenName(`.user.csv.${id}.part`, pattern)).toBe(true)
    for (const other of ['', '.', id, nameOf('').slice(1), `${nameOf('user.csv')}x`]) {
      expect(isHiddenName(other, pattern)).toBe(false)
    }
  },
)
