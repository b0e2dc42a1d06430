import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { exampleOperations } from '../../src/http/example-operations.js'
import { startApi, type TestApi } from '../support/api/api.js'

let api: TestApi
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api[Symbol.asyncDispose]())

describe('limits', () => {
  test.each([
    ['tokens', `{ ${'dataExport { version } '.repeat(600)} }`, /2000 tokens/],
    [
      'answers',
      `{ ${Array.from(
        { length: 9 },
        (_, i) => `a${i}: exportRuns(first: 100) { edges { node { entities {
        path sha256 rows bytes mode status attempts revision startedAt finishedAt internalName } } } }`,
      ).join(' ')} }`,
      /could answer with \d+ fields/,
    ],
    ['fragments that repeat each other', doubling(14), /maximum allowed number of nodes/],
    ['fragments that repeat each other without end', doubling(40), /recursively requests too many selections/],
  ])('a request that exceeds the limit of %s is refused', async (_what, query, message) => {
    const response = await api.graphql(query)
    expect(response.statusCode).toBe(400)
    expect(response.json().errors[0].message).toMatch(message)
    expect(response.json().errors[0].extensions.code).not.toBe('INTERNAL_SERVER_ERROR')
  })

  test('the limits permit a full page of runs with all their entities', async () => {
    const outcome = exampleOperations.slice(exampleOperations.indexOf('fragment Outcome'))
    const response = await api.graphql(`{ exportRuns(first: 100) { edges { node { ...Outcome } } } } ${outcome}`)
    expect([response.statusCode, response.json().errors]).toEqual([200, undefined])
  })

  test('the body size is limited in both protocols', async () => {
    const huge = 'x'.repeat(300 * 1024)
    const responses = [await api.graphql(`{ dataExport { version } } # ${huge}`), await api.post({ entityList: huge })]
    for (const response of responses) {
      expect([response.statusCode, response.json().code]).toEqual([413, 'CONTENT_TOO_LARGE'])
    }
  })

  test('batches, and requests that a foreign page could send, are refused', async () => {
    const authorization = `Bearer ${await api.authority.sign()}`
    const batch = await api.app.inject({
      method: 'POST',
      url: '/graphql',
      headers: { authorization },
      payload: [{ query: '{ __typename }' }],
    })
    expect(batch.statusCode).toBe(400)
    const simpleRequest = await api.app.inject({
      url: '/graphql?query={exportEntities{name}}',
      headers: { authorization },
    })
    expect([simpleRequest.statusCode, simpleRequest.body]).toEqual([400, expect.stringContaining('CSRF')])
    const plainText = await api.app.inject({
      method: 'POST',
      url: '/graphql',
      headers: { authorization, 'content-type': 'text/plain' },
      payload: '{"query": "{ __typename }"}',
    })
    expect(plainText.statusCode).toBe(415)
  })
})

/** A document of a few lines that asks for 2^levels fields. */
function doubling(levels: number): string {
  const fragments = Array.from(
    { length: levels },
    (_, i) => `fragment f${i} on ExportEntity { ...f${i + 1} ...f${i + 1} }`,
  )
  return `{ exportEntities { ...f0 } } ${fragments.join(' ')} fragment f${levels} on ExportEntity { key }`
}
