import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../support/eventually.js'
import { startTokenAuthority, type TokenAuthority } from '../support/api/token-authority.js'
import { createWorld, type World } from '../support/world/world.js'
import { type ScrapedProgram, startScraped, wrongHostKey } from './support/scrape.js'
import { type ReceivedSpan, startTraceReceiver, type TraceReceiver } from './support/trace-receiver.js'

let world: World
let authority: TokenAuthority
let receiver: TraceReceiver
beforeAll(async () => {
  authority = await startTokenAuthority()
  receiver = await startTraceReceiver()
  world = await createWorld({ worker: false })
})
afterAll(async () => {
  await world[Symbol.asyncDispose]()
  await receiver[Symbol.asyncDispose]()
  await authority[Symbol.asyncDispose]()
})

const start = (name: 'api' | 'worker', more: Readonly<Record<string, string>> = {}): Promise<ScrapedProgram> =>
  startScraped(name, world, {
    OAUTH_ISSUER: authority.issuer,
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20collector-key',
    // The library's own setting, so that the test need not wait for a batch.
    OTEL_BSP_SCHEDULE_DELAY: '200',
    ...more,
  })

async function call(api: ScrapedProgram, tenantId: string, query: string, traceparent: string): Promise<unknown> {
  const token = await authority.sign({ claims: { tenant_id: tenantId } })
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}`, traceparent }
  const response = await fetch(`${api.url()}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query }) })
  return response.json()
}

const traceparentOf = (traceId: string) => `00-${traceId}-00f067aa0ba902b7-01`
const spansOf = (traceId: string) => receiver.spans.filter((span) => span.traceId === traceId)

/** Whether a line of the log has both. */
const logged = (program: ScrapedProgram, text: string, traceId: string): boolean =>
  program
    .output()
    .split('\n')
    .some((line) => line.includes(text) && line.includes(traceId))

/** The names from a span up to the root. */
function pathTo(name: string, spans: readonly ReceivedSpan[]): string[] {
  let span = spans.find((each) => each.name === name)
  const path: string[] = []
  while (span) {
    path.push(span.name)
    const { parentSpanId }: ReceivedSpan = span
    span = spans.find(({ spanId }) => spanId === parentSpanId)
  }
  return path
}

test('one trace leads from the request of a caller over the database to the schedule', async () => {
  const api = await start('api')
  const tenant = await world.tenant({ rows: { user: 3 } })
  const traceId = 'aaaa0000000000000000000000000001'
  const register = 'mutation { registerDataExport(input: { entityList: "user" }) { userErrors { code } } }'
  expect(await call(api, tenant.id, register, traceparentOf(traceId))).toMatchObject({
    data: { registerDataExport: { userErrors: [] } },
  })
  await eventually('the spans of the request', () => spansOf(traceId).some(({ name }) => name === 'POST /graphql'))
  const spans = spansOf(traceId)
  expect(pathTo('database forTenant', spans)).toEqual(['database forTenant', 'POST /graphql'])
  expect(pathTo('schedule apply', spans).at(-1)).toBe('POST /graphql')
  const root = spans.find(({ name }) => name === 'POST /graphql')
  expect(root).toMatchObject({ service: 'tidemark-api', parentSpanId: '00f067aa0ba902b7' })
  expect(root?.attributes).toMatchObject({ 'http.response.status_code': 200, 'graphql.operation.type': 'mutation' })
  for (const message of ['"msg":"request"', '"msg":"registration replaced"']) {
    await eventually(message, () => logged(api, message, traceId))
  }
  expect(receiver.headers.every(({ authorization }) => authorization === 'Bearer collector-key')).toBe(true)
})

test('one trace leads from the request of a run over the workflow to source, CSV, upload and publication', async () => {
  const [api, worker] = await Promise.all([start('api'), start('worker')])
  const tenant = await world.tenant({ rows: { user: 3 } })
  await tenant.register({ entityList: 'user' })
  const traceId = 'aaaa0000000000000000000000000002'
  await call(api, tenant.id, 'mutation { runDataExport { run { id } } }', traceparentOf(traceId))
  await eventually('the end of the workflow', () =>
    spansOf(traceId).some(({ name }) => name === 'RunWorkflow:exportRun'),
  )
  const spans = spansOf(traceId)
  const above = ['RunActivity:exportEntity', 'StartActivity:exportEntity', 'RunWorkflow:exportRun']
  for (const name of ['step claim', 'source transaction', 'step rename', 'step record']) {
    expect(pathTo(name, spans)).toEqual(expect.arrayContaining([name, ...above]))
  }
  expect(pathTo('csv', spans)).toEqual(expect.arrayContaining(['csv', 'sftp upload', 'source transaction', ...above]))
  expect(pathTo('csv', spans).at(-1)).toBe('POST /graphql')
  expect(spans.find(({ name }) => name === 'sftp upload')?.attributes).toMatchObject({ rows: expect.anything() })
  await eventually('the line of the file', () => logged(worker, '"msg":"file published"', traceId))
})

test('an error has the id of its trace in the answer and in the log, and no message in the span', async () => {
  const api = await start('api', { OAUTH_JWKS_URL: 'http://127.0.0.1:9/keys' })
  const traceId = 'aaaa0000000000000000000000000003'
  const answer = await call(api, 'acme', '{ dataExport { version } }', traceparentOf(traceId))
  expect(answer).toMatchObject({ errors: [{ extensions: { code: 'SERVICE_UNAVAILABLE', traceId } }] })
  await eventually('the line with the cause', () => logged(api, '"errorId"', traceId))
})

test('a trace has ids and names, and neither rows nor messages nor what callers name', async () => {
  await using sink = await startTraceReceiver()
  const worker = await start('worker', { ...wrongHostKey, OTEL_EXPORTER_OTLP_ENDPOINT: sink.url })
  const tenant = await world.tenant({ rows: { user: 1 } })
  await tenant.register({ entityList: 'user' })
  await tenant.runNow()
  await eventually('the failed attempt', () => sink.spans.find((span) => span.name === 'RunActivity:exportEntity'))
  const failed = sink.spans.find((span) => span.name === 'RunActivity:exportEntity')
  expect(failed).toMatchObject({ isFailed: true, service: 'tidemark-worker' })
  worker.signal('SIGTERM')
  await worker.ended
  expect(sink.bodies.join('')).not.toMatch(/SHA256|presented|stacktrace|"message"|searchAttributes|memo/)
})
