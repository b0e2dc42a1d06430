import { Webhook as StandardWebhook } from 'standardwebhooks'
import { afterEach, describe, expect, test } from 'vitest'
import type { LinkBases } from '../../src/domain/incident-links.js'
import { type AlertOptions, createAlerts } from '../../src/telemetry/alerts.js'
import { createLogger } from '../../src/telemetry/logger.js'
import { type AlertReceiver, startAlertReceiver } from '../support/alert-receiver.js'
import { anExtent, anIncident, aNotification } from '../support/incidents.js'

const open = new Set<AsyncDisposable>()
afterEach(async () => {
  for (const each of open) await each[Symbol.asyncDispose]()
  open.clear()
})

const links: LinkBases = {
  temporalUi: { url: 'https://temporal.example.com', namespace: 'prod' },
  runbook: 'https://git.example.com/tidemark/docs/runbook',
}

function alertsWith(options: AlertOptions = {}) {
  const lines: string[] = []
  const logger = createLogger({ level: 'debug', destination: { write: (line) => void lines.push(line) } })
  const alerts = createAlerts(logger, { links, ...options })
  open.add(alerts)
  const log = () => lines.map((line) => JSON.parse(line) as Record<string, unknown>)
  return { alerts, log, text: () => lines.join('') }
}

async function receiver(answer?: (post: number) => number | undefined): Promise<AlertReceiver> {
  const started = await startAlertReceiver(answer)
  open.add(started)
  return started
}

const manyTenants = anIncident({
  extent: anExtent({ tenants: 50, firstTenants: ['a', 'b', 'c', 'd', 'e'], files: 130, failedRuns: 2 }),
})

describe('the form json', () => {
  test('a post says code, meaning, cause, tenants, what to do and the command, and has the links', async () => {
    const hook = await receiver()
    const { alerts } = alertsWith({ webhookUrl: hook.url })
    const notification = aNotification({ incident: manyTenants })
    expect(await alerts.post(notification)).toBeUndefined()
    expect(hook.alerts).toMatchObject([
      {
        ...{ id: notification.id, event: 'opened', code: 'SFTP_UNAVAILABLE', severity: 'critical' },
        ...{ subject: 'sftp.example.com:22', tenants: { count: 50, first: ['a', 'b', 'c', 'd', 'e'] }, files: 130 },
        commands: {
          show: `tidemark incidents ${manyTenants.id}`,
          retry: 'tidemark retry --code SFTP_UNAVAILABLE',
        },
        links: {
          workflow: 'https://temporal.example.com/namespaces/prod/workflows/export-acme',
          runbook: 'https://git.example.com/tidemark/docs/runbook/sftp-unavailable.md',
          query: expect.stringContaining(`exportIncident(id: "${manyTenants.id}")`),
        },
      },
    ])
    const text = hook.alerts[0]?.text.split('\n')
    expect(text).toEqual([
      '[critical] SFTP_UNAVAILABLE (sftp.example.com:22): The SFTP server was unreachable, or closed the connection.',
      'Tenants: a, b, c, d, e and 45 more (50 in all). 130 files are not published; the oldest window starts at ' +
        '2026-11-26T00:00:00.000Z. Runs that have failed for good: 2.',
      'Connecting to sftp.example.com:22: connect ECONNREFUSED',
      expect.stringMatching(/^What to do: ./),
      `Details: tidemark incidents ${manyTenants.id}`,
      'After the fix: tidemark retry --code SFTP_UNAVAILABLE',
      'Runbook: https://git.example.com/tidemark/docs/runbook/sftp-unavailable.md',
    ])
  })

  test('without a Temporal UI and a runbook URL, there is no workflow link, and the runbook page is a path', async () => {
    const hook = await receiver()
    const bare = { temporalUi: { url: undefined, namespace: 'default' }, runbook: 'docs/runbook' }
    await alertsWith({ webhookUrl: hook.url, links: bare }).alerts.post(aNotification())
    expect(hook.alerts[0]?.links).toMatchObject({ workflow: null, runbook: 'docs/runbook/sftp-unavailable.md' })
  })
})

describe('the form alertmanager', () => {
  test('an alert has labels that identify the cause, and ends after some hours if it is not repeated', async () => {
    const hook = await receiver()
    const { alerts } = alertsWith({ webhookUrl: hook.url, form: 'alertmanager' })
    const before = Date.now()
    await alerts.post(aNotification({ incident: manyTenants }))
    const [alert] = JSON.parse(hook.posts[0]?.body ?? '') as [Record<string, string>]
    expect(alert).toMatchObject({
      labels: { alertname: 'SFTP_UNAVAILABLE', severity: 'critical', subject: 'sftp.example.com:22' },
      annotations: {
        runbook_url: 'https://git.example.com/tidemark/docs/runbook/sftp-unavailable.md',
        command: 'tidemark retry --code SFTP_UNAVAILABLE',
        tenants: '50',
      },
      startsAt: '2026-11-27T00:00:00.000Z',
      generatorURL: 'https://temporal.example.com/namespaces/prod/workflows/export-acme',
    })
    expect(new Date(alert['endsAt'] ?? '').getTime()).toBeGreaterThanOrEqual(before + 4 * 3_600_000)
  })

  test('an alert that is resolved has the same labels, and has ended', async () => {
    const hook = await receiver()
    const { alerts } = alertsWith({ webhookUrl: hook.url, form: 'alertmanager' })
    const resolvedAt = new Date('2026-11-27T00:10:00Z')
    await alerts.post(aNotification())
    await alerts.post(aNotification({ kind: 'resolved', incident: anIncident({ resolvedAt }) }))
    const [opened, resolved] = hook.posts.map(({ body }) => (JSON.parse(body) as Record<string, unknown>[])[0])
    expect(resolved?.['labels']).toEqual(opened?.['labels'])
    expect(resolved?.['endsAt']).toBe(resolvedAt.toISOString())
  })
})

describe('the signature', () => {
  const secret = `whsec_${Buffer.from('a-key-of-24-bytes-for-it').toString('base64')}`
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64')

  test('a receiver verifies a post as Standard Webhooks says', async () => {
    const hook = await receiver()
    const notification = aNotification()
    await alertsWith({ webhookUrl: hook.url, secret: key }).alerts.post(notification)
    const [post] = hook.posts
    const headers = post?.headers as Record<string, string>
    expect(headers['webhook-id']).toBe(notification.id)
    expect(new StandardWebhook(secret).verify(post?.body ?? '', headers)).toMatchObject({ id: notification.id })
    expect(() => new StandardWebhook(secret).verify(`${post?.body} `, headers)).toThrow()
  })

  test('without a secret, a post has an id and no signature', async () => {
    const hook = await receiver()
    await alertsWith({ webhookUrl: hook.url }).alerts.post(aNotification())
    expect(hook.posts[0]?.headers).toHaveProperty('webhook-id')
    expect(hook.posts[0]?.headers).not.toHaveProperty('webhook-signature')
  })
})

describe('a receiver that fails', () => {
  test.each([403, 500, 302])('the answer %i is a problem, and a redirect is not followed', async (status) => {
    const hook = await receiver(() => status)
    const { alerts } = alertsWith({ webhookUrl: hook.url })
    expect(await alerts.post(aNotification())).toBe(`it answered ${status}`)
    expect(hook.posts).toHaveLength(1)
  })

  test('the log names the problem without the URL', async () => {
    const hook = await startAlertReceiver()
    await hook[Symbol.asyncDispose]()
    const { alerts, log, text } = alertsWith({ webhookUrl: hook.url })
    const problem = await alerts.post(aNotification())
    expect(problem).toBe('ECONNREFUSED')
    alerts.notPosted(aNotification(), problem ?? '', new Date())
    alerts.notPosted(aNotification(), problem ?? '', null)
    expect(log()).toMatchObject([
      { level: 'warn', problem: 'ECONNREFUSED', alert: 'SFTP_UNAVAILABLE' },
      { level: 'error', problem: 'ECONNREFUSED', msg: expect.stringContaining('given up') },
    ])
    expect(text()).not.toContain('hook-key')
  })

  test('what is not in the outbox is posted again in the background', async () => {
    const hook = await receiver((post) => (post === 1 ? 503 : 204))
    const { alerts, log } = alertsWith({ webhookUrl: hook.url })
    alerts.postSoon(aNotification())
    await alerts[Symbol.asyncDispose]()
    expect(hook.posts).toHaveLength(2)
    expect(log()).toEqual([])
  })
})

test('the log has each notification as a line with the field alert, and its end', () => {
  const { alerts, log } = alertsWith()
  alerts.log(aNotification({ incident: manyTenants }))
  alerts.log(aNotification({ kind: 'resolved', incident: anIncident({ resolvedAt: new Date() }) }))
  expect(log()).toMatchObject([
    { level: 'error', msg: 'alert', alert: 'SFTP_UNAVAILABLE', kind: 'opened', tenants: 50, files: 130, failedRuns: 2 },
    { level: 'info', msg: 'alert', alert: 'SFTP_UNAVAILABLE', kind: 'resolved', incidentId: manyTenants.id },
  ])
  expect(log().flatMap((line) => line['withheld'] ?? [])).toEqual([])
})
