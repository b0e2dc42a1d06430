import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Run } from '../../../src/domain/run.js'
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.js'
import { beginOutage } from './support/outage.js'
import { createScene, type Scene, troubled } from './support/scene.js'

/** The lock_timeout of a read: see src/source/session-settings.ts. */
const lockTimeoutSeconds = 20

/** What can heal is reported with the second attempt. */
const secondAttemptSeconds = 2

let scene: Scene
let proxy: TcpProxy
/** The source behind a proxy, which can go down without Tidemark's own database. */
let behindProxy: { readonly SOURCE_DATABASE_URL: string }
beforeAll(async () => {
  scene = await createScene()
  const url = new URL(scene.world.config.source.url)
  proxy = await startTcpProxy({ host: url.hostname, port: Number(url.port) })
  url.hostname = proxy.host
  url.port = String(proxy.port)
  behindProxy = { SOURCE_DATABASE_URL: url.href }
})
afterEach(() => scene.world.stopWorkers())
afterAll(async () => {
  await scene[Symbol.asyncDispose]()
  await proxy.stop()
})

test('a source that is down is reported, and waiting runs go on once it is back (promise 14)', async () => {
  await scene.startWorker(behindProxy)
  const tenant = await scene.world.tenant({ rows: { user: 2 } })
  await tenant.register({ entityList: 'user' })
  let id = ''
  const outage = await beginOutage(
    scene,
    {
      failure: 'source down',
      code: 'SOURCE_UNAVAILABLE',
      noticedSeconds: secondAttemptSeconds,
      cause: /ECONNRESET|terminated|ended|closed/,
    },
    async () => {
      proxy.sever()
      id = (await tenant.startRun()).id
    },
  )
  const { subject } = await outage.alert()
  expect(subject).toContain(`${proxy.host}:${proxy.port}/`)
  expect(troubled(await scene.tidemark(['doctor'], behindProxy))).toContain('source')
  proxy.mend()
  outage.fixed()
  expect(await tenant.finished(id)).toMatchObject({ status: 'SUCCEEDED' })
  await outage.resolved({ steps: ['alert'], command: 'start the source; waiting runs continue' })
})

test('a column that is gone is one incident for two tenants, which retries resolve once it is back (promise 14)', async () => {
  await scene.startWorker()
  const tenants = [1, 2].map(() => scene.world.tenant({ rows: { user: 1, site_category: 1, site: 1, content: 2 } }))
  const all = await Promise.all(tenants)
  await Promise.all(all.map((tenant) => tenant.register({ entityList: 'content' })))
  let runs: Run[] = []
  const outage = await beginOutage(
    scene,
    { failure: 'column gone', code: 'SOURCE_SCHEMA_MISMATCH', noticedSeconds: 0, cause: /word_count/ },
    async () => {
      await scene.world.sql('ALTER TABLE analytics.content RENAME COLUMN word_count TO words')
      runs = await Promise.all(all.map((tenant) => tenant.startRun()))
    },
  )
  const { subject } = await outage.alert()
  expect(subject).toMatch(/ content$/)
  const checked = await scene.tidemark(['check-source', 'content'])
  expect([checked.exitCode, checked.text]).toEqual([1, expect.stringContaining('word_count')])

  await Promise.all(all.map((tenant, at) => tenant.finished(runs[at]?.id ?? '')))
  await scene.world.sql('ALTER TABLE analytics.content RENAME COLUMN words TO word_count')
  outage.fixed()
  const { lines } = await scene.admin.runs.retryFailed(scene.admin.operator, { code: 'SOURCE_SCHEMA_MISMATCH' })
  expect(lines.map(({ tenantId }) => tenantId)).toEqual(all.map(({ id }) => id).toSorted())
  const resolved = await outage.resolved({
    steps: ['alert', 'tidemark check-source content'],
    command: 'the printed statement, tidemark retry --code SOURCE_SCHEMA_MISMATCH',
  })
  expect(resolved).toMatchObject({ tenants: { count: 2 }, files: 2 })
})

test('a locked table is reported, and resolved by a retry once the session that locks it is ended (promise 14)', async () => {
  // The run ends with its first failure: each further attempt would wait for the lock again.
  await scene.startWorker({ EXPORT_MAX_ATTEMPTS: '1', EXPORT_RETRY_MINUTES: '0' })
  const tenant = await scene.world.tenant({ rows: { user: 1, site_category: 1, site: 2 } })
  await tenant.register({ entityList: 'site' })
  const session = await scene.world.connect()
  let id = ''
  const outage = await beginOutage(
    scene,
    {
      failure: 'table locked',
      code: 'SOURCE_UNAVAILABLE',
      noticedSeconds: lockTimeoutSeconds,
      cause: /site.*Another transaction holds the table/,
    },
    async () => {
      await session.query('BEGIN; LOCK TABLE analytics.site IN ACCESS EXCLUSIVE MODE')
      id = (await tenant.startRun()).id
    },
  )
  await outage.alert()
  const ended = await scene.world.sql<{ ended: boolean }>(`
    SELECT pg_terminate_backend(pid) AS ended FROM pg_locks
    WHERE relation = 'analytics.site'::regclass AND mode = 'AccessExclusiveLock' AND granted`)
  expect(ended).toEqual([{ ended: true }])
  expect(await tenant.finished(id)).toMatchObject({ status: 'FAILED' })
  outage.fixed()
  const retried = await scene.admin.runs.retry(scene.admin.actorFor(tenant.id), id)
  expect(retried.ok).toBe(true)
  await outage.resolved({ steps: ['alert'], command: 'pg_terminate_backend, tidemark retry TENANT' })
})
