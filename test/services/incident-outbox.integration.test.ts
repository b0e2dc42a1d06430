import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type AlertReceiver, startAlertReceiver } from '../support/alert-receiver.js'
import { startTcpProxy } from '../support/tcp-proxy.js'
import { newTenant, openStores, publishOnce, type Stores } from '../support/world/stores.js'
import { aFailure, type IncidentProcess, register, startIncidentProcess } from './support/incident-process.js'

let stores: Stores
const open: AsyncDisposable[] = []
beforeAll(async () => {
  stores = await openStores()
})
afterEach(async () => {
  for (const each of open.splice(0).toReversed()) await each[Symbol.asyncDispose]()
  await stores.query('DELETE FROM incident')
})
afterAll(() => stores[Symbol.asyncDispose]())

const processWith = (options: Parameters<typeof startIncidentProcess>[1] = {}, url = stores.serviceUrl) => {
  const started = startIncidentProcess(url, options)
  open.push(started)
  return started
}
const receiver = async (answer?: (post: number) => number | undefined): Promise<AlertReceiver> => {
  const started = await startAlertReceiver(answer)
  open.push(started)
  return started
}
const kinds = (hook: AlertReceiver) => hook.alerts.map(({ event }) => event)
const makeDue = () => stores.query("UPDATE notification SET next_attempt_at = now() - interval '1 second'")

async function registered(): Promise<string> {
  const tenantId = newTenant()
  await register(stores, tenantId, 'user')
  return tenantId
}

async function recover({ incidents }: IncidentProcess, tenantId: string): Promise<void> {
  await publishOnce(stores, tenantId, 'user', { to: new Date() })
  await incidents.settle()
}

describe('posts that get lost', () => {
  test('a lost post is repeated by another process after a restart, with the same id', async () => {
    const hook = await receiver((post) => (post === 1 ? 503 : 204))
    const tenantId = await registered()
    const first = startIncidentProcess(stores.serviceUrl, { webhookUrl: hook.url })
    await first.incidents.report(aFailure(tenantId))
    await first.incidents.deliver()
    expect(first.log).toContainEqual(expect.objectContaining({ level: 'warn', problem: 'it answered 503' }))
    await first[Symbol.asyncDispose]()
    const second = processWith({ webhookUrl: hook.url })
    await second.incidents.deliver()
    expect(hook.posts).toHaveLength(1)
    await makeDue()
    await second.incidents.deliver()
    await makeDue()
    await second.incidents.deliver()
    expect(kinds(hook)).toEqual(['opened', 'opened'])
    expect(hook.posts[1]?.headers['webhook-id']).toBe(hook.posts[0]?.headers['webhook-id'])
    expect(await second.store.oldestWaiting()).toBeNull()
  })

  test('a process that dies while it posts leaves the notification to another one when its lease ends', async () => {
    const hook = await receiver()
    const one = processWith({ webhookUrl: hook.url })
    await one.incidents.report(aFailure(await registered()))
    const now = new Date()
    const claim = { now, leaseEnd: new Date(now.getTime() + 60_000), most: 5 }
    expect(await one.store.claimDue(claim)).toHaveLength(1)
    const other = processWith({ webhookUrl: hook.url })
    await other.incidents.deliver()
    expect(hook.posts).toEqual([])
    expect(await other.store.claimDue({ ...claim, now: new Date(now.getTime() + 61_000) })).toHaveLength(1)
  })

  test('the end of an incident is not posted before its opening', async () => {
    let isUp = false
    const hook = await receiver(() => (isUp ? 204 : 500))
    const tenantId = await registered()
    const process = processWith({ webhookUrl: hook.url })
    await process.incidents.report(aFailure(tenantId))
    await process.incidents.deliver()
    await recover(process, tenantId)
    await process.incidents.deliver()
    expect(kinds(hook)).toEqual(['opened'])
    isUp = true
    await makeDue()
    await process.incidents.deliver()
    expect(kinds(hook)).toEqual(['opened', 'opened', 'resolved'])
  })

  test('a post that fails for three days is given up, which the log says', async () => {
    const hook = await receiver(() => 500)
    const process = processWith({ webhookUrl: hook.url })
    await process.incidents.report(aFailure(await registered()))
    await stores.query("UPDATE notification SET created_at = created_at - interval '3 days'")
    await process.incidents.deliver()
    await makeDue()
    await process.incidents.deliver()
    expect(hook.posts).toHaveLength(1)
    expect(process.log).toContainEqual(
      expect.objectContaining({ level: 'error', problem: 'it answered 500', next: null }),
    )
    expect(await process.store.oldestWaiting()).toBeNull()
  })

  test('two processes post each notification once', async () => {
    const hook = await receiver()
    const processes = [processWith({ webhookUrl: hook.url }), processWith({ webhookUrl: hook.url })]
    for (let n = 0; n < 8; n++) {
      const tenantId = await registered()
      await processes[n % 2]!.incidents.report(aFailure(tenantId, { code: 'SFTP_FOLDER_MISSING' }))
    }
    await Promise.all(processes.map(({ incidents }) => incidents.deliver()))
    expect(new Set(hook.alerts.map(({ subject }) => subject)).size).toBe(8)
    expect(hook.alerts).toHaveLength(8)
  })
})

describe('what is announced', () => {
  test('what heals within the delay is neither announced nor resolved for operators', async () => {
    const hook = await receiver()
    const process = processWith({ webhookUrl: hook.url, delayMs: 60_000 })
    const tenantId = await registered()
    await process.incidents.report(aFailure(tenantId))
    await process.incidents.settle()
    await recover(process, tenantId)
    await process.incidents.deliver()
    expect(hook.alerts).toEqual([])
  })

  test('what lasts longer than the delay is announced by settling', async () => {
    const hook = await receiver()
    const process = processWith({ webhookUrl: hook.url, delayMs: 60_000 })
    await process.incidents.report(aFailure(await registered()))
    await stores.query("UPDATE incident SET opened_at = opened_at - interval '60 seconds'")
    await process.incidents.settle()
    await process.incidents.settle()
    await process.incidents.deliver()
    expect(kinds(hook)).toEqual(['opened'])
  })

  test('the final failure of a run is announced at once, and its recovery is reported', async () => {
    const hook = await receiver()
    const process = processWith({ webhookUrl: hook.url, delayMs: 60_000 })
    const tenantId = await registered()
    await process.incidents.report(aFailure(tenantId, { runId: 'run-1' }))
    await process.incidents.report(aFailure(tenantId, { runId: 'run-1', attempt: 8, isFinal: true }))
    await process.incidents.deliver()
    expect(hook.alerts).toMatchObject([{ event: 'opened', failedRuns: 1, tenants: { count: 1, first: [tenantId] } }])
    await recover(process, tenantId)
    await process.incidents.deliver()
    expect(kinds(hook)).toEqual(['opened', 'resolved'])
  })

  test('more tenants update the incident after five minutes, and an update that waits is replaced', async () => {
    const hook = await receiver()
    const process = processWith({ webhookUrl: hook.url })
    const age = (by: string) =>
      stores.query(
        `UPDATE incident SET notified = jsonb_set(notified, '{at}', to_jsonb((notified->>'at')::timestamptz - interval '${by}'))`,
      )
    await process.incidents.report(aFailure(await registered()))
    await process.incidents.deliver()
    await process.incidents.report(aFailure(await registered()))
    await process.incidents.settle()
    await age('5 minutes')
    await process.incidents.report(aFailure(await registered()))
    await age('1 hour')
    await process.incidents.settle()
    await process.incidents.deliver()
    expect(kinds(hook)).toEqual(['opened', 'updated'])
    expect(hook.alerts[1]).toMatchObject({ tenants: { count: 3 } })
  })

  test('without a webhook the log alone has the notifications, and nothing waits', async () => {
    const process = processWith()
    await process.incidents.report(aFailure(await registered()))
    await process.incidents.deliver()
    expect(process.log).toMatchObject([{ msg: 'alert', alert: 'SFTP_UNAVAILABLE', kind: 'opened' }])
    expect(await process.store.oldestWaiting()).toBeNull()
  })
})

test('an outage of Tidemark’s own database is posted once, and so is its end', async () => {
  const hook = await receiver()
  const { hostname, port } = new URL(stores.serviceUrl)
  const proxy = await startTcpProxy({ host: hostname, port: Number(port) })
  open.push({ [Symbol.asyncDispose]: () => proxy.stop() })
  const throughProxy = new URL(stores.serviceUrl)
  throughProxy.host = `127.0.0.1:${proxy.port}`
  const process = startIncidentProcess(throughProxy.href, { webhookUrl: hook.url })
  await process.incidents.settle()
  proxy.sever()
  for (let n = 0; n < 3; n++) await process.incidents.report(aFailure('acme'))
  await process.incidents.observe('NO_WORKER', 'tidemark', [])
  proxy.mend()
  await process.incidents.settle()
  await process.incidents.settle()
  await process[Symbol.asyncDispose]()
  expect(hook.alerts.map(({ event, code, subject }) => [event, code, subject])).toEqual([
    ['opened', 'DATABASE_UNAVAILABLE', 'postgres:5432/tidemark'],
    ['resolved', 'DATABASE_UNAVAILABLE', 'postgres:5432/tidemark'],
  ])
})
