import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApi, type TestApi } from '../support/api/api.js'
import { fakeEmailRecipients } from '../support/api/fake-email.js'

let api: TestApi
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api[Symbol.asyncDispose]())

const all = 'exports:read exports:write'
const tokenWith = (scope: string, tenant: string) => api.authority.sign({ claims: { scope, tenant_id: tenant } })
const listing = '{ exportEmailRecipients { isAvailable recipients { id email kinds state verifiedAt problem } } }'
const fields = 'recipient { id email kinds state } userErrors { code path allowedValues }'
const addition = `mutation ($email: String!, $kinds: [EmailKind!]) { addEmailRecipient(email: $email, kinds: $kinds) { ${fields} } }`
const change = `mutation ($id: ID!, $kinds: [EmailKind!]!) { changeEmailRecipient(id: $id, kinds: $kinds) { ${fields} } }`
const removal = `mutation ($id: ID!) { removeEmailRecipient(id: $id) { ${fields} } }`

describe('recipients of email over GraphQL', () => {
  test('a tenant adds, changes and removes its own recipients, and reaches no others', async () => {
    const [acme, globex] = [await tokenWith(all, 'acme'), await tokenWith(all, 'globex')]
    const added = await api.graphql(addition, { token: acme, variables: { email: 'ana@example.com' } })
    const { recipient, userErrors } = added.json().data.addEmailRecipient
    expect(userErrors).toEqual([])
    expect(recipient).toMatchObject({ email: 'ana@example.com', kinds: ['PROBLEMS'], state: 'UNVERIFIED' })
    const variables = { id: recipient.id, kinds: ['DELIVERIES', 'CHANGES'] }
    const theirs = await api.graphql(change, { token: globex, variables })
    expect(theirs.json().data.changeEmailRecipient.userErrors).toMatchObject([{ code: 'NO_SUCH_EMAIL_RECIPIENT' }])
    await api.graphql(change, { token: acme, variables })
    expect((await api.graphql(listing, { token: acme })).json().data.exportEmailRecipients).toEqual({
      isAvailable: true,
      recipients: [
        {
          ...{ id: recipient.id, email: 'ana@example.com', kinds: ['CHANGES', 'DELIVERIES'], state: 'UNVERIFIED' },
          ...{ verifiedAt: null, problem: null },
        },
      ],
    })
    expect((await api.graphql(listing, { token: globex })).json().data.exportEmailRecipients.recipients).toEqual([])
    await api.graphql(removal, { token: acme, variables: { id: recipient.id } })
    expect((await api.graphql(listing, { token: acme })).json().data.exportEmailRecipients.recipients).toEqual([])
  })

  test('a mistake is a user error with what would be accepted', async () => {
    const token = await tokenWith(all, 'initech')
    const wrong = await api.graphql(addition, { token, variables: { email: 'ana', kinds: [] } })
    expect(wrong.json().data.addEmailRecipient).toEqual({
      recipient: null,
      userErrors: [
        { code: 'INVALID_EMAIL', path: ['email'], allowedValues: [] },
        { code: 'INVALID_EMAIL_KINDS', path: ['kinds'], allowedValues: ['PROBLEMS', 'CHANGES', 'DELIVERIES'] },
      ],
    })
  })
})

describe('recipients of email over REST', () => {
  const call = async (method: 'GET' | 'POST' | 'DELETE', path: string, payload?: unknown, scope = all) => {
    const authorization = `Bearer ${await tokenWith(scope, 'hooli')}`
    const body = payload === undefined ? {} : { payload: JSON.stringify(payload) }
    const type = payload === undefined ? {} : { 'content-type': 'application/json' }
    return api.app.inject({ method, url: `/email-recipients${path}`, headers: { authorization, ...type }, ...body })
  }

  test('a recipient is added, listed, changed, invited again and removed over REST', async () => {
    const added = (await call('POST', '', { email: 'ana@example.com', kinds: ['problems', 'Deliveries'] })).json()
    expect(added).toMatchObject({ email: 'ana@example.com', kinds: ['problems', 'deliveries'], state: 'unverified' })
    const { id } = added
    expect((await call('POST', `/${id}`, { kinds: ['changes'] })).json()).toMatchObject({ kinds: ['changes'] })
    expect((await call('POST', `/${id}/verification`)).json()).toMatchObject({ id })
    expect((await call('GET', '')).json()).toMatchObject({
      isAvailable: true,
      recipients: [{ id, kinds: ['changes'] }],
    })
    expect((await call('DELETE', `/${id}`)).json()).toMatchObject({ id })
    expect((await call('GET', '')).json()).toEqual({ isAvailable: true, recipients: [] })
  })

  test('a mistake over REST is a problem with its code, and a caller without the scope changes nothing', async () => {
    const wrong = await call('POST', '', { email: 'ana' })
    expect([wrong.statusCode, wrong.json().code]).toEqual([422, 'INVALID_EMAIL_RECIPIENT'])
    expect(wrong.json().errors).toMatchObject([{ code: 'INVALID_EMAIL', pointer: '#/email' }])
    const unknown = await call('POST', '', { email: 'ana@example.com', kinds: ['everything'] })
    expect(unknown.json().errors).toMatchObject([
      { code: 'INVALID_EMAIL_KINDS', allowedValues: ['problems', 'changes', 'deliveries'] },
    ])
    const gone = await call('DELETE', '/x')
    expect([gone.statusCode, gone.json().code]).toEqual([404, 'NO_SUCH_EMAIL_RECIPIENT'])
    for (const body of [{}, { email: 1 }, [], null, { email: 'a@example.com', kinds: 'problems' }]) {
      expect((await call('POST', '', body)).json().code).toBe('INVALID_BODY')
    }
    expect((await call('POST', '/x', {})).json().code).toBe('INVALID_BODY')
    for (const [method, path] of [
      ['POST', ''],
      ['POST', '/x'],
      ['POST', '/x/verification'],
      ['DELETE', '/x'],
    ] as const) {
      expect((await call(method, path, method === 'POST' ? {} : undefined, 'exports:read')).statusCode).toBe(403)
    }
    expect((await call('GET', '', undefined, 'exports:write')).statusCode).toBe(403)
  })

  test('without SMTP_URL the answer is 409, and names the setting', async () => {
    await using closed = await startApi({ emailRecipients: fakeEmailRecipients({ isAvailable: false }) })
    const authorization = `Bearer ${await closed.authority.sign()}`
    const payload = { email: 'ana@example.com' }
    const answer = await closed.app.inject({
      method: 'POST',
      url: '/email-recipients',
      headers: { authorization },
      payload,
    })
    expect([answer.statusCode, answer.json().code]).toEqual([409, 'EMAIL_NOT_CONFIGURED'])
    expect(answer.json().detail).toContain('SMTP_URL')
  })
})
