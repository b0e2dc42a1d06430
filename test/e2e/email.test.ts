import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../support/eventually.js'
import { startProgram } from '../support/programs/program.js'
import { type MailServer, startMailServer } from '../support/smtp/mail-server.js'
import { createWorld, type World } from '../support/world/world.js'

let smtp: MailServer
let world: World
beforeAll(async () => {
  // The first email gets no answer.
  smtp = await startMailServer({ answerTo: (count) => (count === 1 ? 'never' : undefined) })
  world = await createWorld({
    worker: false,
    environment: {
      SMTP_URL: smtp.url,
      EMAIL_FROM: 'Data exports <exports@example.com>',
      PUBLIC_URL: 'https://tidemark.example.com',
      EXPORT_MAX_ATTEMPTS: '1',
    },
  })
})
afterAll(async () => {
  await world[Symbol.asyncDispose]()
  await smtp[Symbol.asyncDispose]()
})

const pace = { everySeconds: 0.1, leaseSeconds: 60, silentMs: 35_000, confirmMs: 20_000 }

async function addVerified(tenantId: string, email: string): Promise<void> {
  const now = new Date()
  const state = { verifiedAt: null, unsubscribedAt: null, bouncingSince: null, problem: null, lastSentAt: null }
  const recipient = { id: randomUUID(), email, kinds: ['PROBLEMS'] as const, addedAt: now, addedBy: 'test', ...state }
  await world.useCases.transact(tenantId, async (unit) => {
    await unit.email.add(recipient)
    await unit.email.verify(recipient.id, now)
  })
}

test('a worker that is killed while it sends an email loses none, and a failed run and its recovery are reported once', async () => {
  const tenant = await world.tenant({ rows: { user: 3, site_category: 1, site: 2 } })
  await addVerified(tenant.id, 'ana@example.com')
  await world.useCases.transact(tenant.id, ({ events }) =>
    events.keep({ type: 'export.overdue', data: { entities: [] } }),
  )
  const killed = startProgram('worker', [], world.environment)
  const held = await eventually('the email is on its way', () => smtp.read[0])
  killed.signal('SIGKILL')
  await killed.ended
  expect(smtp.emails).toEqual([])

  // The leases of the dead process end.
  await world.own('UPDATE tidemark.email_message SET next_attempt_at = now()')
  await world.own('UPDATE tidemark.watch_step SET due_at = now()')
  await world.startWorker({}, { pace })
  const first = await eventually('another worker sends the email', () => smtp.emails[0])
  expect(first.headers['message-id']).toBe(held.headers['message-id'])

  await tenant.register({ entityList: 'user, site' })
  const run = await tenant.runNow()
  expect(run.status).toBe('SUCCEEDED')
  await eventually('the recovery is reported', () => smtp.emails.length > 1)
  expect(smtp.to('ana@example.com').map(({ subject }) => subject)).toEqual([
    `Data exports of ${tenant.id} have a problem`,
    `Data exports of ${tenant.id} work again`,
  ])
})
