import { afterAll, beforeAll, describe, expect, test } from 'vitest'
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

const address = '192.0.2.7'
let count = 0

/** A recipient that has got the email with the link. */
async function invited() {
  const actor = anActor(newTenant(), 'admin-1')
  const email = `invited-${(count += 1)}@example.com`
  const added = await world.recipients.add(actor, { email })
  if (!added.ok) throw new Error(added.userErrors[0]?.message)
  await world.process(smtp.port).send()
  return { actor, email, id: added.value.id, token: tokenIn(smtp.to(email)[0]!, 'verify') }
}

const stateOf = async ({ actor }: Pick<Awaited<ReturnType<typeof invited>>, 'actor'>) =>
  (await world.recipients.list(actor)).recipients[0]?.state

/** A verified recipient with the token of the link to unsubscribe. */
async function subscribed() {
  const reader = await world.verified(smtp)
  await world.happen(reader.actor.tenantId, { type: 'export.overdue', data: {} })
  await world.process(smtp.port).look()
  return { ...reader, token: tokenIn(smtp.to(reader.email)[1]!, 'unsubscribe') }
}

describe('links that verify', () => {
  test('a token works once', async () => {
    const reader = await invited()
    expect(await world.links.verify(reader.token, address)).toBe(true)
    expect(await world.links.verify(reader.token, address)).toBe(false)
    const events = await world.stores.query(
      `SELECT subject, address FROM audit_event WHERE tenant_id = $1 AND action = 'EMAIL_RECIPIENT_VERIFIED'`,
      [reader.actor.tenantId],
    )
    expect(events).toEqual([{ subject: 'the recipient', address }])
  })

  test('a token is valid for 24 hours after its email was sent', async () => {
    const [early, late] = [await invited(), await invited()]
    const age = (tenantId: string, by: string) =>
      world.stores.query('UPDATE email_token SET expires_at = expires_at - $2::interval WHERE tenant_id = $1', [
        tenantId,
        by,
      ])
    await age(early.actor.tenantId, '23 hours 50 minutes')
    await age(late.actor.tenantId, '24 hours')
    expect(await world.links.verify(early.token, address)).toBe(true)
    expect(await world.links.verify(late.token, address)).toBe(false)
    expect(await stateOf(late)).toBe('UNVERIFIED')
  })

  test('a later email ends the links of earlier ones', async () => {
    const reader = await invited()
    await world.recipients.resendVerification(reader.actor, reader.id)
    expect(await world.links.verify(reader.token, address)).toBe(false)
    await world.process(smtp.port).send()
    expect(await world.links.verify(tokenIn(smtp.to(reader.email)[1]!, 'verify'), address)).toBe(true)
  })

  test('a token verifies only its own recipient, and none of another tenant', async () => {
    const [one, other] = [await invited(), await invited()]
    expect(await world.links.verify(one.token, address)).toBe(true)
    expect([await stateOf(one), await stateOf(other)]).toEqual(['VERIFIED', 'UNVERIFIED'])
  })

  test('a removed recipient can not be verified any more', async () => {
    const reader = await invited()
    await world.recipients.remove(reader.actor, reader.id)
    expect(await world.links.verify(reader.token, address)).toBe(false)
  })

  test('what is no token changes nothing', async () => {
    for (const token of [
      '',
      'x',
      'a'.repeat(43),
      'é'.repeat(43),
      "'; DROP TABLE email_token; --",
      'a'.repeat(100_000),
    ]) {
      expect(await world.links.verify(token, address)).toBe(false)
      expect(await world.links.unsubscribe(token, address)).toBe(false)
    }
  })

  test('the database has no token, and neither has the log', async () => {
    const { token } = await invited()
    for (const table of ['email_recipient', 'email_message', 'email_token', 'audit_event']) {
      const rows = await world.stores.query(`SELECT t::text AS row FROM ${table} t`)
      expect(JSON.stringify(rows), table).not.toContain(token)
      expect(JSON.stringify(rows), table).not.toContain(Buffer.from(token).toString('hex'))
    }
    expect(world.log.join('')).not.toContain(token)
  })
})

describe('links that unsubscribe', () => {
  test('a recipient that has unsubscribed gets nothing more, not even what waits', async () => {
    const reader = await subscribed()
    await world.happen(reader.actor.tenantId, { type: 'export.recovered', data: {} })
    const sender = world.process(smtp.port)
    await sender.readEvents()
    expect(await world.links.unsubscribe(reader.token, address)).toBe(true)
    expect(await stateOf(reader)).toBe('UNSUBSCRIBED')
    await world.happen(reader.actor.tenantId, { type: 'export.overdue', data: {} })
    await sender.look()
    expect(smtp.to(reader.email)).toHaveLength(2)
  })

  test('a second call of the link changes nothing, and succeeds', async () => {
    const reader = await subscribed()
    expect(await world.links.unsubscribe(reader.token, address)).toBe(true)
    expect(await world.links.unsubscribe(reader.token, address)).toBe(true)
    const events = await world.stores.query(
      `SELECT 1 FROM audit_event WHERE tenant_id = $1 AND action = 'EMAIL_RECIPIENT_UNSUBSCRIBED'`,
      [reader.actor.tenantId],
    )
    expect(events).toHaveLength(1)
  })

  test('a token of one link does not work for the other', async () => {
    const [one, other] = [await invited(), await subscribed()]
    expect(await world.links.unsubscribe(one.token, address)).toBe(false)
    expect(await world.links.verify(other.token, address)).toBe(false)
  })

  test('only the owner of the address can end the unsubscription, with a new link', async () => {
    const reader = await subscribed()
    await world.links.unsubscribe(reader.token, address)
    expect((await world.recipients.change(reader.actor, reader.id, ['CHANGES'])).ok).toBe(true)
    expect(await stateOf(reader)).toBe('UNSUBSCRIBED')
    await world.recipients.resendVerification(reader.actor, reader.id)
    expect(await stateOf(reader)).toBe('UNSUBSCRIBED')
    await world.process(smtp.port).send()
    expect(await world.links.verify(tokenIn(smtp.to(reader.email).at(-1)!, 'verify'), address)).toBe(true)
    expect(await stateOf(reader)).toBe('VERIFIED')
  })
})
