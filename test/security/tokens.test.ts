import { afterAll, beforeAll, it } from 'vitest'
import { expectRefusal } from '../support/refusals.js'
import { type RunningApi, startRunningApi } from '../support/running-api.js'
import type { TokenOptions } from '../support/token-authority.js'

let api: RunningApi
beforeAll(async () => {
  api = await startRunningApi()
})
afterAll(() => api[Symbol.asyncDispose]())

const register = 'mutation { registerDataExport(input: { exportOption: EXPORT_ALL }) { userErrors { code message } } }'

it.each<[string, TokenOptions, RegExp]>([
  ['a token for another audience', { claims: { aud: 'billing' } }, /aud/],
  ['a token of another issuer', { claims: { iss: 'https://elsewhere.test' } }, /iss/],
  ['a token of another type', { typ: 'JWT' }, /typ/],
  ['an expired token', { expiresIn: '-1m' }, /expired/],
  ['a token without exp', { expiresIn: null }, /exp/],
])('%s', async (input, options, message) => {
  const token = await api.authority.sign(options)
  await expectRefusal(api, input, () => api.graphql(register, { token }), {
    status: 401,
    code: 'UNAUTHENTICATED',
    message,
  })
})
