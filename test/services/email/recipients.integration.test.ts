import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mostEmailRecipients } from '../../../src/domain/email/recipient.js'
import { createEmailRecipients } from '../../../src/services/email/recipients.js'
import { createEvents } from '../../../src/telemetry/create-events.js'
import { createLogger } from '../../../src/telemetry/logger.js'
import { type MailServer, startMailServer } from '../../support/smtp/mail-server.js'
import { anActor } from '../../support/world/builders.js'
import { newTenant } from '../../support/world/stores.js'
import { type EmailWorld, openEmailWorld, tokenIn } from './support/email-world.js'

let world: EmailWorld
let smtp: MailServer
beforeAll(async () => {
  world = await openEmailWorld()
  smtp = await startMailServer()
})
afterAll(async () => {
  await smtp[Symbol.asyncDispose]()
  await world[Symbol.asyncDispose]()
})

const actor = () => anActor(newTenant(), 'admin-1')
let count = 0
const newAddress = (): string => `someone-${(count += 1)}@example.org`
const codesOf = (outcome: { readonly ok: boolean; readonly userErrors?: readonly { readonly code: string }[] }) =>
  outcome.userErrors?.map(({ code }) => code) ?? []
const statesOf = async (who: ReturnType<typeof actor>) =>
  (await world.recipients.list(who)).recipients.map(({ state }) => state)

async function add(who: ReturnType<typeof actor>, email = newAddress()) {
  const added = await world.recipients.add(who, { email })
  if (!added.ok) throw new Error(added.userErrors[0]?.message)
  return added.value
}

describe('recipients', () => {
  test('an address gets nothing except the email with the link until its owner has confirmed it', async () => {
    const who = actor()
    const { email, state, kinds } = await add(who)
    expect([state, kinds]).toEqual(['UNVERIFIED', ['PROBLEMS']])
    await world.happen(who.tenantId, { type: 'export.failed', data: { entities: [] } })
    const sender = world.process(smtp.port)
    await sender.look()
    expect(smtp.to(email).map(({ subject }) => subject)).toEqual([
      `Confirm emails about data exports of ${who.tenantId}`,
    ])
    expect(await world.links.verify(tokenIn(smtp.to(email)[0]!, 'verify'), '192.0.2.7')).toBe(true)
    expect(await statesOf(who)).toEqual(['VERIFIED'])
    await sender.look()
    // What happened before the confirmation is not sent.
    expect(smtp.to(email)).toHaveLength(1)
  })

  test('the audit log has each change of a recipient without its address, and the log of the process has neither', async () => {
    const who = actor()
    const { id, email } = await add(who)
    expect((await world.recipients.change(who, id.toUpperCase(), ['DELIVERIES', 'CHANGES', 'CHANGES'])).ok).toBe(true)
    expect((await world.recipients.list(who)).recipients).toMatchObject([{ kinds: ['CHANGES', 'DELIVERIES'] }])
    expect((await world.recipients.remove(who, id)).ok).toBe(true)
    expect(await statesOf(who)).toEqual([])
    const events = await world.stores.query(
      'SELECT action, target, before::text, after::text FROM audit_event WHERE tenant_id = $1 ORDER BY at, id',
      [who.tenantId],
    )
    expect(events.map(({ action }) => action).toSorted()).toEqual([
      'EMAIL_RECIPIENT_ADDED',
      'EMAIL_RECIPIENT_CHANGED',
      'EMAIL_RECIPIENT_REMOVED',
    ])
    expect(events.every(({ target }) => target === id)).toBe(true)
    expect(JSON.stringify(events) + world.log.join('')).not.toContain(email)
    expect(JSON.stringify(events)).toContain('s…@example.org')
  })

  test('an address is a recipient once, whatever its case', async () => {
    const who = actor()
    const { email } = await add(who)
    expect(codesOf(await world.recipients.add(who, { email: email.toUpperCase() }))).toEqual(['EMAIL_ALREADY_ADDED'])
    expect(await statesOf(who)).toHaveLength(1)
  })

  test('a wrong address and an empty list of kinds are reported together, and change nothing', async () => {
    const who = actor()
    const wrong = await world.recipients.add(who, { email: 'ana@example.com\r\nBcc: eve@example.com', kinds: [] })
    expect(codesOf(wrong)).toEqual(['INVALID_EMAIL', 'INVALID_EMAIL_KINDS'])
    expect(JSON.stringify(wrong)).not.toContain('eve')
    expect(await statesOf(who)).toEqual([])
  })

  test('a tenant has at most ten recipients, also if it adds many at once', async () => {
    const who = actor()
    await Promise.all(Array.from({ length: 14 }, () => world.recipients.add(who, { email: newAddress() })))
    expect(await statesOf(who)).toHaveLength(mostEmailRecipients)
    expect(codesOf(await world.recipients.add(who, { email: newAddress() }))).toEqual(['TOO_MANY_EMAIL_RECIPIENTS'])
  })

  test('a tenant neither sees nor changes the recipients of another', async () => {
    const [one, other] = [actor(), actor()]
    const { id } = await add(one)
    expect(await statesOf(other)).toEqual([])
    for (const refused of [
      await world.recipients.change(other, id, ['CHANGES']),
      await world.recipients.remove(other, id),
      await world.recipients.resendVerification(other, id),
      await world.recipients.remove(other, "x' OR true"),
    ]) {
      expect(codesOf(refused)).toEqual(['NO_SUCH_EMAIL_RECIPIENT'])
    }
    expect((await world.recipients.list(one)).recipients).toMatchObject([{ id, kinds: ['PROBLEMS'] }])
  })

  test('without SMTP_URL recipients can be removed, and the errors of the other calls name the setting', async () => {
    const { stores } = world
    const events = createEvents(createLogger({ level: 'silent' }))
    const closed = createEmailRecipients({ ...stores, isAvailable: false, events })
    const who = actor()
    const { id } = await add(who)
    for (const refused of [await closed.add(who, { email: newAddress() }), await closed.resendVerification(who, id)]) {
      expect(codesOf(refused)).toEqual(['EMAIL_NOT_CONFIGURED'])
      expect(JSON.stringify(refused)).toContain('SMTP_URL')
    }
    expect(await closed.list(who)).toMatchObject({ isAvailable: false, recipients: [{ id }] })
    expect((await closed.remove(who, id)).ok).toBe(true)
  })
})

describe('the number of verification emails', () => {
  test('a mailbox gets at most three an hour, also from several tenants and with other spellings', async () => {
    const [one, other] = [actor(), actor()]
    const email = newAddress()
    const { id } = await add(one, email)
    await add(other, email.replace('@', '+x@'))
    expect((await world.recipients.resendVerification(one, id)).ok).toBe(true)
    expect(codesOf(await world.recipients.resendVerification(one, id))).toEqual(['TOO_MANY_VERIFICATIONS'])
    expect(codesOf(await world.recipients.add(actor(), { email: email.toUpperCase() }))).toEqual([
      'TOO_MANY_VERIFICATIONS',
    ])
    await world.stores.query(
      `UPDATE email_permit SET used_at = ARRAY(SELECT u - interval '1 hour' FROM unnest(used_at) u)`,
    )
    expect((await world.recipients.resendVerification(one, id)).ok).toBe(true)
  })

  test('a tenant sends at most twenty an hour, also if it removes recipients in between', async () => {
    const who = actor()
    for (let n = 0; n < 20; n++) await world.recipients.remove(who, (await add(who)).id)
    expect(codesOf(await world.recipients.add(who, { email: newAddress() }))).toEqual(['TOO_MANY_VERIFICATIONS'])
    expect((await world.recipients.add(actor(), { email: newAddress() })).ok).toBe(true)
  })

  test('an email that was requested again replaces the one that waits', async () => {
    const who = actor()
    const { id, email } = await add(who)
    await world.recipients.resendVerification(who, id)
    await world.process(smtp.port).send()
    expect(smtp.to(email)).toHaveLength(1)
  })
})

test('erasing what a tenant has removes its recipients with their emails and links', async () => {
  const who = actor()
  await add(who)
  await world.process(smtp.port).send()
  await world.recipients.resendVerification(who, (await world.recipients.list(who)).recipients[0]!.id)
  await world.stores.transact(who.tenantId, ({ email }) => email.removeAll())
  for (const table of ['email_recipient', 'email_message', 'email_token']) {
    expect(await world.stores.query(`SELECT 1 FROM ${table} WHERE tenant_id = $1`, [who.tenantId]), table).toEqual([])
  }
})
