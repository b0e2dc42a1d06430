import { describe, expect, test } from 'vitest'
import { loadCatalog } from '../../src/catalog/load.js'
import { ExportError } from '../../src/domain/errors.js'
import { startApi } from '../support/api/api.js'
import { fakeRegistrations } from '../support/api/fake-use-cases.js'

const catalog = await loadCatalog(undefined)

describe('unexpected errors', () => {
  const secret = 'connect failed: postgres://tidemark:hunter2@db'
  const failing = (error: Error) => {
    const registrations = fakeRegistrations(catalog)
    const fail = async () => {
      throw error
    }
    return startApi({ registrations: { ...registrations, current: fail, replace: fail } })
  }

  test('an unexpected error is masked, and logged under the id that the caller gets', async () => {
    await using own = await failing(new Error(secret))
    const graphql = await own.graphql('{ dataExport { version } }', { token: await own.authority.sign() })
    const [error] = graphql.json().errors
    expect(error.extensions).toEqual({ code: 'INTERNAL_SERVER_ERROR', errorId: expect.any(String) })
    expect(error.message).toContain(error.extensions.errorId)
    const rest = await own.post({ entityList: 'user' })
    expect([rest.statusCode, rest.json().code]).toEqual([500, 'INTERNAL_SERVER_ERROR'])
    for (const body of [graphql.body, rest.body]) expect(body).not.toMatch(/hunter2|stack|\.ts/)
    for (const id of [error.extensions.errorId, rest.json().errorId]) {
      expect(own.log()).toContainEqual(
        expect.objectContaining({ level: 'error', errorId: id, err: expect.objectContaining({ message: secret }) }),
      )
    }
  })

  test('an unexpected error and an outage have different codes', async () => {
    await using own = await failing(new ExportError('DATABASE_UNAVAILABLE', secret))
    const graphql = await own.graphql('{ dataExport { version } }', { token: await own.authority.sign() })
    expect(graphql.json().errors).toMatchObject([{ extensions: { code: 'SERVICE_UNAVAILABLE' } }])
    const rest = await own.post({ entityList: 'user' })
    expect([rest.statusCode, rest.body.includes('hunter2')]).toEqual([503, false])
  })
})
