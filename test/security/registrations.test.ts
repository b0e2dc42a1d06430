import { afterAll, beforeAll, expect, test } from 'vitest'
import { scheduleId } from '../../src/contracts.js'
import { noteInput } from './support/inputs.js'
import { expectRefusal, said } from './support/refusals.js'
import { type RunningApi, startRunningApi } from './support/running-api.js'

let api: RunningApi
beforeAll(async () => {
  api = await startRunningApi()
  await api.register()
})
afterAll(() => api[Symbol.asyncDispose]())

const document = `mutation ($list: EntityList!) {
  answer: registerDataExport(input: { entityList: $list, frequency: MONTHLY }) {
    dataExport { version entityList } userErrors { code message }
  }
}`

test('an entity named twice is registered once', async () => {
  const answer = await api.graphql(document, { variables: { list: ['user', 'USER', ' user ', 'site'] } })
  const { entityList } = JSON.parse(answer.text).data.answer.dataExport
  noteInput('an entity named three times', `${answer.status} registered: ${entityList.join(', ')}`)
  expect(entityList.toSorted()).toEqual(['site', 'user'])
})

test('a list of 10,000 unknown entities is refused with a short answer', async () => {
  const list = Array.from({ length: 10_000 }, (_, at) => `entity ${at}`)
  const answer = await expectRefusal(api, '10,000 entities', () => api.graphql(document, { variables: { list } }), {
    status: 200,
    code: 'UNKNOWN_ENTITIES',
    message: /and 9980 more/,
  })
  expect(answer.text.length).toBeLessThan(10_000)
})

test('100 identical registrations at once make one outcome', async () => {
  const [before] = await versions()
  const list = ['user', 'content', 'user logins']
  const answers = await Promise.all(Array.from({ length: 100 }, () => api.graphql(document, { variables: { list } })))
  const outcomes = new Set(answers.map((answer) => said(answer)))
  const after = await versions()
  const schedules = await schedulesOf(api)
  noteInput(
    '100 identical registrations at once',
    `${answers.length} × ${[...outcomes].join(' and ')}; ${after.length} versions on record, ${schedules.length} schedule`,
  )
  expect(answers.map(({ status, text }) => [status, JSON.parse(text).data.answer.userErrors])).toEqual(
    answers.map(() => [200, []]),
  )
  expect(after.map((version) => version)).toEqual(after.map((_, at) => at + 1))
  expect(before).toBe(1)
  const current = JSON.parse((await api.graphql('{ dataExport { version entityList schedule { state } } }')).text)
  expect(current.data.dataExport).toMatchObject({
    version: after.length,
    entityList: ['user', 'user logins', 'content'],
  })
  expect(schedules).toEqual([scheduleId(api.tenantId)])
})

const versions = async (): Promise<number[]> => {
  const rows = await api.world.sql<{ version: number }>(
    'SELECT version FROM tidemark.registration_change WHERE tenant_id = $1 ORDER BY version',
    [api.tenantId],
  )
  return rows.map(({ version }) => version)
}

async function schedulesOf({ world, tenantId }: RunningApi): Promise<string[]> {
  const found: string[] = []
  for await (const { scheduleId: id } of world.temporal.schedule.list()) if (id.includes(tenantId)) found.push(id)
  return found
}
