import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { noteInput } from './support/inputs.js'
import { said } from './support/refusals.js'
import { type Answer, type RunningApi, startRunningApi } from './support/running-api.js'

const query = '{ dataExport { version } }'
const hour = 3_600_000

let api: RunningApi
beforeEach(async () => {
  api = await startRunningApi()
})
afterEach(async () => {
  vi.useRealTimers()
  await api[Symbol.asyncDispose]()
})

function expectUnavailable(answer: Answer): void {
  expect(said(answer)).toMatch(/^503 SERVICE_UNAVAILABLE /)
  expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
}

test('the API answers 503 while the issuer is down and its keys were never read', async () => {
  api.authority.breakDown()
  const answer = await api.graphql(query)
  noteInput(
    'an issuer that is down, its keys not yet read',
    `${said(answer)} (Retry-After ${answer.headers['retry-after']})`,
  )
  expectUnavailable(answer)
  expectUnavailable(await api.rest({ entityList: 'user' }))
})

test('the API accepts known keys for a day while the issuer is down', async () => {
  const token = await api.sign({ expiresIn: '48h' })
  expect((await api.graphql(query, { token })).status).toBe(200)
  api.authority.breakDown()
  vi.useFakeTimers({ toFake: ['Date'] })
  const after = async (ms: number, shown = token): Promise<Answer> => {
    vi.setSystemTime(Date.now() + ms)
    return api.graphql(query, { token: shown })
  }

  const soon = await after(hour)
  noteInput('an issuer that has been down for an hour', said(soon))
  expect(soon.status).toBe(200)
  const asked = api.authority.requests.length
  const answers = await Promise.all(Array.from({ length: 50 }, () => api.graphql(query, { token })))
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
  expect(api.authority.requests.length - asked).toBe(0)

  const newKey = await after(hour, await api.sign({ kid: 'key-2', expiresIn: '48h' }))
  noteInput('a key that is not known while the issuer is down', said(newKey))
  expectUnavailable(newKey)

  const late = await after(23 * hour)
  noteInput('an issuer that has been down for 25 hours', said(late))
  expectUnavailable(late)

  api.authority.repair()
  expect((await after(hour)).status).toBe(200)
})

test('a key that the issuer has replaced is refused, and the new key is accepted', async () => {
  const old = await api.sign({ expiresIn: '1h' })
  expect((await api.graphql(query, { token: old })).status).toBe(200)
  await api.authority.rotate()
  vi.useFakeTimers({ toFake: ['Date'] })
  vi.setSystemTime(Date.now() + 31_000)
  const token = await api.sign({ expiresIn: '1h' })
  expect((await api.graphql(query, { token })).status).toBe(200)
  const withdrawn = await api.graphql(query, { token: old })
  noteInput('a token of a key that was replaced', said(withdrawn))
  expect(said(withdrawn)).toMatch(/^401 UNAUTHENTICATED /)
})

test('an endless answer of the issuer counts as an outage and fills no memory', async () => {
  api.authority.talkWithoutEnd()
  const answer = await api.graphql(query)
  const megabytes = (api.authority.talked() / 1_000_000).toFixed(0)
  noteInput('an issuer whose answer has no end', `${said(answer)} (it took ${megabytes} MB)`)
  expectUnavailable(answer)
  // Two addresses of metadata are asked, 1 MB each at most, with what is in the buffers of both ends.
  expect(api.authority.talked()).toBeLessThan(20_000_000)
})
