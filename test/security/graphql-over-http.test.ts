import { auditServer, type AuditResult } from 'graphql-http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { noteInput } from './support/inputs.js'
import { type RunningApi, startRunningApi } from './support/running-api.js'

const statusOfRefusals =
  'A refused operation has a status of its own, 400, whatever the client accepts: proxies, logs and alerts see it.'
const noSimpleRequests =
  'A GET that a foreign page can have a browser send without asking first is refused; with the header ' +
  'apollo-require-preflight it is taken.'

/** What the specification recommends or permits and we leave out, by the audit's id, with the reason. */
const leftOut: Readonly<Record<string, string>> = {
  '572B': statusOfRefusals,
  FDE2: statusOfRefusals,
  '7B9B': statusOfRefusals,
  '5A70': noSimpleRequests,
  D6D5: noSimpleRequests,
  '6A70': noSimpleRequests,
}

let api: RunningApi
beforeAll(async () => {
  // The audits ask for the schema.
  api = await startRunningApi({ INTROSPECTION: 'true' })
})
afterAll(() => api[Symbol.asyncDispose]())

const levelOf = ({ name }: AuditResult): string => name.split(' ', 1)[0] ?? ''

test('the API passes every audit of GraphQL over HTTP, except those left out with a reason', async () => {
  const token = await api.authority.sign()
  const fetchFn = (input: string, init: RequestInit = {}): Promise<Response> => {
    const headers = new Headers(init.headers)
    headers.set('authorization', `Bearer ${token}`)
    return fetch(input, { ...init, headers })
  }
  const results = await auditServer({ url: `http://127.0.0.1:${api.port}/graphql`, fetchFn })
  const unmet = results.filter(({ status }) => status !== 'ok')
  for (const level of ['MUST', 'SHOULD', 'MAY']) {
    const all = results.filter((result) => levelOf(result) === level)
    const missed = unmet.filter((result) => levelOf(result) === level)
    const ids = missed.length > 0 ? `, not ${missed.map(({ id }) => id).join(', ')}` : ''
    noteInput(`GraphQL over HTTP: ${level}`, `${all.length - missed.length} of ${all.length}${ids}`)
  }
  expect(results.length).toBeGreaterThan(50)
  expect(unmet.filter((result) => levelOf(result) === 'MUST')).toEqual([])
  expect(unmet.map(({ id }) => id).toSorted()).toEqual(Object.keys(leftOut).toSorted())
})
