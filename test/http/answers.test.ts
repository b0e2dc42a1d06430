import { connect, type AddressInfo } from 'node:net'
import { fastify } from 'fastify'
import { expect, test } from 'vitest'
import { boundAnswers } from '../../src/http/answers.js'
import { boundTenantRequests } from '../../src/http/tenant-requests.js'
import { closeOf } from '../support/close-of.js'

test('an answer of more than 4 MB is replaced by an error, in the form of its protocol', async () => {
  const app = fastify()
  boundAnswers(app, 60_000)
  const tooMuch = 'é'.repeat(2_100_000)
  app.post('/graphql', async () => tooMuch)
  app.get('/export', async () => tooMuch)
  app.get('/fits', async () => 'é'.repeat(1_900_000))
  const graphql = await app.inject({ method: 'POST', url: '/graphql' })
  expect([graphql.statusCode, graphql.json()]).toEqual([
    400,
    {
      errors: [
        {
          message: 'The answer is larger than 4 MB. Ask for less at a time.',
          extensions: { code: 'OPERATION_TOO_LARGE' },
        },
      ],
    },
  ])
  const rest = await app.inject({ url: '/export' })
  expect([rest.statusCode, rest.json()]).toMatchObject([400, { code: 'ANSWER_TOO_LARGE' }])
  expect((await app.inject({ url: '/fits' })).statusCode).toBe(200)
})

test('a caller with twenty unread answers is refused until they are read or time out', async () => {
  const app = fastify()
  boundAnswers(app, 1500)
  const { enter } = boundTenantRequests(app, 5)
  app.get('/', { onRequest: (request) => enter(request, 'acme') }, async () => Buffer.alloc(30_000_000))
  app.get('/small', { onRequest: (request) => enter(request, 'acme') }, async () => 'answered')
  const closed: Promise<void>[] = []
  app.server.on('connection', (socket) => closed.push(closeOf(socket)))
  await app.listen({ port: 0 })
  const { port } = app.server.address() as AddressInfo
  const sockets = Array.from({ length: 20 }, () => {
    const socket = connect({ port, host: '127.0.0.1' }).pause()
    socket.write('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
    return socket
  })
  const ask = async (): Promise<number> => (await fetch(`http://127.0.0.1:${port}/small`)).status
  await expect.poll(ask, { timeout: 10_000 }).toBe(500)
  await Promise.all(closed.slice(0, 20))
  expect(await ask()).toBe(200)
  for (const socket of sockets) socket.destroy()
  await app.close()
})

test("a limited number of a caller's requests run at once, a hundred wait, and more are refused", async () => {
  const app = fastify()
  const { enter } = boundTenantRequests(app, 2)
  const waiting: (() => void)[] = []
  app.get<{ Params: { tenant: string } }>(
    '/:tenant',
    { onRequest: (request) => enter(request, request.params.tenant) },
    () => new Promise<string>((resolve) => waiting.push(() => resolve('answered'))),
  )
  // A request is made when somebody waits for its answer.
  const ask = (url: string) => app.inject({ url }).then((answer) => answer)
  const answers = Array.from({ length: 103 }, () => ask('/acme'))
  const refused = await answers[102]
  expect([refused?.statusCode, refused?.json().message]).toEqual([
    500,
    'This tenant has too many requests under way. Try again in 1 s.',
  ])
  expect(waiting).toHaveLength(2)
  const other = ask('/globex')
  await expect.poll(() => waiting.length).toBe(3)
  waiting.pop()?.()
  expect((await other).body).toBe('answered')
  for (let answered = 0; answered < 102; answered++) {
    await expect.poll(() => waiting.length).toBeGreaterThan(0)
    waiting.shift()?.()
  }
  const statuses = (await Promise.all(answers.slice(0, 102))).map(({ statusCode }) => statusCode)
  expect(new Set(statuses)).toEqual(new Set([200]))
  await app.close()
})
