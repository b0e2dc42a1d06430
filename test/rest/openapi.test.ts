import { describe, expect, test } from 'vitest'
import { loadCatalog } from '../../src/catalog/load.js'
import { openApiDocument } from '../../src/rest/openapi.js'

const document = openApiDocument(await loadCatalog(undefined))

describe('the OpenAPI document', () => {
  test('the OpenAPI document has both routes with every status of their answers', () => {
    const { get, post } = document.paths['/export']
    expect(Object.keys(get.responses)).toEqual(['200', '400', '401', '403', '404', '422', '429', '500', '503'])
    expect(Object.keys(post.responses)).toEqual([
      '200',
      '400',
      '401',
      '403',
      '409',
      '413',
      '415',
      '422',
      '429',
      '500',
      '503',
    ])
  })

  test('the OpenAPI document defines everything that it refers to', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path]) => path ?? '')
    expect(references.length).toBeGreaterThan(20)
    for (const path of references) {
      const target = path
        .split('/')
        .reduce<unknown>((value, key) => (value as Record<string, unknown>)?.[key], document)
      expect(target, path).toBeDefined()
    }
  })

  test('the OpenAPI document lists the words and the entities', () => {
    const { EntityName, RegistrationInput } = document.components.schemas
    expect(EntityName.enum).toHaveLength(26)
    expect(RegistrationInput.properties).toMatchObject({
      exportOption: { enum: ['export all', 'export selected', 'disable export'] },
      frequency: { enum: ['daily', 'weekly', 'monthly'] },
    })
  })
})
