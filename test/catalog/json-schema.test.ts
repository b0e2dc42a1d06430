import { expect, test } from 'vitest'
import { catalogJsonSchema } from '../../src/catalog/json-schema.js'
import { parseCatalog } from '../../src/catalog/load.js'

test('the JSON Schema describes each field of a catalog for editors', () => {
  const text = JSON.stringify(catalogJsonSchema())
  expect(text).toContain('"title":"Tidemark catalog"')
  expect(text).toContain('The internal name, in paths, file names and the manifest.')
  expect(text).toContain('"additionalProperties":false')
})

test('a catalog may name its JSON Schema', () => {
  const column = { name: 'a', type: 'string', description: 'A column.' }
  const entity = {
    ...{ name: 'a', displayName: 'a', description: 'A.', kind: 'event', table: 's.a' },
    ...{ tenantColumn: 't', key: ['a'], columns: [column] },
  }
  const { entities } = parseCatalog({ $schema: './catalog.schema.json', entities: [entity] })
  expect(entities.map(({ name }) => name)).toEqual(['a'])
})
