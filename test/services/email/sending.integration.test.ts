import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { NewEvent } from '../../../src/domain/event.js'
import { type MailServer, type MailServerOptions, startMailServer } from '../../support/smtp/mail-server.js'
import { type EmailWorld, openEmailWorld } from './support/email-world.js'

let world: EmailWorld
/** It accepts everything, for what a test needs first. */
let friendly: MailServer
const open: AsyncDisposable[] = []
beforeAll(async () => {
  world = await openEmailWorld()
  friendly = await startMailServer()
})
afterEach(async () => {
  for (const each of open.splice(0)) await each[Symbol.asyncDispose]()
  await world.stores.query('DELETE FROM email_message')
})
afterAll(async () => {
  await friendly[Symbol.asyncDispose]()
  await world[Symbol.asyncDispose]()
})

async function server(options: MailServerOptions = {}): Promise<MailServer> {
  const started = await startMailServer(options)
  open.push(started)
  return started
}

const failed: NewEvent = {
  type: 'export.failed',
  data: {
    trigger: 'SCHEDULED',
    entities: [{ entity: 'user', code: 'SFTP_NO_SPACE', message: 'The SFTP server has no space left.' }],
  },
}
const recovered: NewEvent = { type: 'export.recovered', data: {} }
const subjects = (smtp: MailServer, to: string) =>
  smtp.to(to).map(({ subject }) => subject.replace(/ of t-[0-9a-f-]{36}/, ''))
const waiting = (tenantId: string) =>
  world.stores.query('SELECT attempts, problem FROM email_message WHERE tenant_id = $1 ORDER BY created_at', [tenantId])

describe('what a recipient gets', () => {
  test('many failed runs of one problem give one email, one digest a day, and one email about the end', async () => {
    const smtp = await server()
    const { actor, email, id } = await world.verified(friendly)
    const sender = world.process(smtp.port)
    for (let run = 0; run < 30; run++) {
      await world.happen(actor.tenantId, failed)
      await sender.look()
    }
    expect(subjects(smtp, email)).toEqual(['Data exports have a problem'])
    const aDayLater = () =>
      world.stores.query(
        `UPDATE email_recipient SET due_at = now(), progress = jsonb_set(progress, '{PROBLEMS,digestAt}', to_jsonb(now()))
         WHERE id = $1`,
        [id],
      )
    await aDayLater()
    await sender.look()
    await sender.look()
    expect(subjects(smtp, email).slice(1)).toEqual(['Data exports still have a problem'])
    expect(smtp.to(email)[1]?.text).toContain('Runs that have failed since the email before: 29.')
    await world.happen(actor.tenantId, recovered)
    await sender.look()
    expect(subjects(smtp, email).slice(2)).toEqual(['Data exports work again'])
  })

  test('each recipient of a tenant gets its own kinds, and no other tenant gets any', async () => {
    const smtp = await server()
    const { actor, email } = await world.verified(friendly)
    const other = await world.verified(friendly, 'CHANGES')
    await world.happen(actor.tenantId, failed)
    await world.happen(other.actor.tenantId, failed, {
      type: 'export.full_load.delivered',
      data: { entities: [{ entity: 'user' }] },
    })
    await world.process(smtp.port).look()
    expect(subjects(smtp, email)).toEqual(['Data exports have a problem'])
    expect(subjects(smtp, other.email)).toEqual(['Changes in the data exports'])
    expect(smtp.emails).toHaveLength(2)
  })

  test('two processes write and send each email once', async () => {
    const smtp = await server()
    const readers: Awaited<ReturnType<typeof world.verified>>[] = []
    for (let n = 0; n < 8; n++) readers.push(await world.verified(friendly))
    for (const { actor } of readers) await world.happen(actor.tenantId, failed)
    const senders = [world.process(smtp.port), world.process(smtp.port)]
    await Promise.all(senders.map((sender) => sender.readEvents()))
    await Promise.all(senders.map((sender) => sender.send()))
    expect(readers.map(({ email }) => smtp.to(email).length)).toEqual(readers.map(() => 1))
  })

  test('no event is lost or repeated if many come at once', async () => {
    const smtp = await server()
    const { actor, email } = await world.verified(friendly, 'CHANGES')
    const change = (n: number): NewEvent => ({
      type: 'export.columns.changed',
      data: { entities: [{ entity: `entity-${n}` }] },
    })
    const sender = world.process(smtp.port)
    await Promise.all([
      ...Array.from({ length: 40 }, (_, n) => world.happen(actor.tenantId, change(n))),
      ...Array.from({ length: 5 }, () => sender.readEvents()),
    ])
    await world.stores.query(
      `UPDATE email_recipient SET due_at = now(), progress = progress #- '{CHANGES,sentAt}' WHERE tenant_id = $1`,
      [actor.tenantId],
    )
    await sender.readEvents()
    await sender.send()
    await sender.send()
    const named = smtp.to(email).flatMap(({ text }) => [...text.matchAll(/entity-\d+/g)].map(([name]) => name))
    expect(named.toSorted()).toEqual(Array.from({ length: 40 }, (_, n) => `entity-${n}`).toSorted())
  })
})

describe('a mail server that is away', () => {
  test('emails wait for it, and come in their order when it is back', async () => {
    const gone = await startMailServer()
    await gone[Symbol.asyncDispose]()
    const { actor, email } = await world.verified(friendly)
    await world.happen(actor.tenantId, failed, recovered)
    const sender = world.process(gone.port)
    await sender.look()
    expect(await waiting(actor.tenantId)).toEqual([
      { attempts: 1, problem: `connect ECONNREFUSED 127.0.0.1:${gone.port}` },
      { attempts: 0, problem: null },
    ])
    const smtp = await server({ port: gone.port })
    await sender.send()
    expect(smtp.emails).toEqual([])
    await world.makeDue()
    await sender.send()
    await sender.send()
    expect(subjects(smtp, email)).toEqual(['Data exports have a problem', 'Data exports work again'])
    expect(await waiting(actor.tenantId)).toEqual([])
  })

  test('operators get one incident after five minutes, and it ends with the first email', async () => {
    const gone = await startMailServer()
    await gone[Symbol.asyncDispose]()
    const { actor } = await world.verified(friendly)
    await world.happen(actor.tenantId, failed)
    const sender = world.process(gone.port)
    await sender.look()
    expect(sender.incidents.last.get('EMAIL_UNAVAILABLE')).toEqual([])
    await world.stores.query("UPDATE email_message SET failing_since = failing_since - interval '5 minutes'")
    await sender.send()
    const [affected] = sender.incidents.last.get('EMAIL_UNAVAILABLE') ?? []
    expect(affected?.message).toMatch(
      /^Emails can't be sent since .*: connect ECONNREFUSED 127\.0\.0\.1:\d+\. Emails that wait: 1\.$/,
    )
    await server({ port: gone.port })
    await world.makeDue()
    await sender.send()
    expect(sender.incidents.last.get('EMAIL_UNAVAILABLE')).toEqual([])
  })

  test('an email is given up after three days, which the log says', async () => {
    const { actor } = await world.verified(friendly)
    await world.happen(actor.tenantId, failed)
    const gone = await startMailServer()
    await gone[Symbol.asyncDispose]()
    const sender = world.process(gone.port)
    await sender.readEvents()
    await world.stores.query("UPDATE email_message SET created_at = created_at - interval '3 days'")
    await sender.send()
    expect(await waiting(actor.tenantId)).toEqual([])
    expect(world.log.join('')).toContain('an email could not be sent, and is given up')
  })

  test('an email whose claim was not answered for is sent by another process, with the same Message-ID', async () => {
    const smtp = await server()
    const { actor, email } = await world.verified(friendly)
    await world.happen(actor.tenantId, failed)
    const dead = world.process(smtp.port)
    await dead.readEvents()
    const now = new Date()
    const leaseEnd = new Date(now.getTime() + 120_000)
    const [claimed] = await dead.outbox.claim(actor.tenantId, { now: new Date(now.getTime() + 1000), leaseEnd })
    const sender = world.process(smtp.port)
    await sender.send()
    expect(smtp.emails).toEqual([])
    await world.makeDue()
    await sender.send()
    expect(smtp.to(email).map(({ headers }) => headers['message-id'])).toEqual([`<${claimed?.id}@example.com>`])
  })
})

describe('an address that the mail server refuses', () => {
  test('three refusals make a recipient bouncing, and it gets nothing more until it is verified again', async () => {
    const { actor, email, id } = await world.verified(friendly)
    const smtp = await server({
      refusalOf: (to) => (to === email ? `550 5.1.1 <${email}> is unknown here` : undefined),
    })
    await world.happen(actor.tenantId, failed)
    const sender = world.process(smtp.port)
    const recipient = async () => (await world.recipients.list(actor)).recipients[0]
    for (const state of ['VERIFIED', 'VERIFIED', 'BOUNCING']) {
      await world.makeDue()
      await sender.look()
      expect((await recipient())?.state).toBe(state)
    }
    expect((await recipient())?.problem).toBe('The mail server refuses the address (550 at RCPT TO).')
    expect(await waiting(actor.tenantId)).toEqual([])
    expect(sender.incidents.last.get('EMAIL_UNAVAILABLE')).toEqual([])
    await world.happen(actor.tenantId, recovered, failed)
    await sender.look()
    expect(await waiting(actor.tenantId)).toEqual([])
    expect((await world.recipients.resendVerification(actor, id)).ok).toBe(true)
    await world.process(friendly.port).send()
    expect(friendly.to(email)).toHaveLength(2)
    expect(world.log.join('')).not.toContain('is unknown here')
  })

  test('an email that was accepted ends the count of refusals', async () => {
    let isRefused = true
    const smtp = await server({ refusalOf: () => (isRefused ? '550 5.1.1 unknown' : undefined) })
    const { actor, email } = await world.verified(friendly)
    await world.happen(actor.tenantId, failed)
    const sender = world.process(smtp.port)
    for (let n = 0; n < 2; n++) {
      await world.makeDue()
      await sender.look()
    }
    isRefused = false
    await world.makeDue()
    await sender.send()
    isRefused = true
    await world.happen(actor.tenantId, recovered)
    await sender.look()
    await world.makeDue()
    await sender.send()
    expect((await world.recipients.list(actor)).recipients).toMatchObject([{ state: 'VERIFIED' }])
    expect(subjects(smtp, email)).toEqual(['Data exports have a problem'])
  })
})
