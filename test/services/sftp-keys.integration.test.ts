import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { composeAdmin } from '../../src/compose/admin.js'
import { openAuthorizedKeys } from '../../src/compose/authorized-keys.js'
import { loadConfig } from '../../src/config/config.js'
import { anActor } from '../support/world/builders.js'
import type { Actor } from '../../src/domain/actor.js'
import type { SftpKeys } from '../../src/services/sftp-keys.js'
import { createSftpKeys } from '../../src/services/sftp-keys.js'
import { createEvents } from '../../src/telemetry/create-events.js'
import { createLogger } from '../../src/telemetry/logger.js'
import { keyLine, makeKey, type TestKey } from '../support/sftp/ssh-keys.js'
import { newTenant, openStores, type Stores } from '../support/world/stores.js'

const run = promisify(execFile)
const endpoint = { host: 'sftp.example.com', port: 2022, hostKeyFingerprints: [`SHA256:${'A'.repeat(43)}`] }
const someLine = () => keyLine('ssh-ed25519', randomBytes(32))

let stores: Stores
let keys: SftpKeys
let log = ''
const logger = createLogger({ level: 'trace', destination: { write: (line) => void (log += line) } })

beforeAll(async () => {
  stores = await openStores()
  keys = createSftpKeys({ ...stores, endpoint, events: createEvents(logger) })
})
afterAll(() => stores[Symbol.asyncDispose]())

const actor = (tenantId = newTenant()): Actor => anActor(tenantId, 'admin-1')
const add = (who: Actor, publicKey: string, label = 'loader') => keys.add(who, { publicKey, label })
const codesOf = (outcome: Awaited<ReturnType<typeof add>>) =>
  outcome.ok ? [] : outcome.userErrors.map(({ code }) => code)

async function added(who: Actor, key: TestKey) {
  const outcome = await add(who, key.line)
  if (!outcome.ok) throw new Error(outcome.userErrors[0]?.message)
  return outcome.value
}

describe("a tenant's keys", () => {
  test("a tenant's keys are listed with the SFTP account, stored in canonical form, and removed", async () => {
    const who = actor()
    const key = makeKey('-t', 'ed25519')
    const { id } = await added(who, key)
    const [type, blob] = key.canonical.split(' ')
    expect(await keys.access(who)).toEqual({
      ...endpoint,
      username: who.tenantId,
      keys: [
        {
          id,
          fingerprint: key.fingerprint,
          label: 'loader',
          type,
          blob,
          addedAt: expect.any(Date),
          addedBy: 'admin-1',
        },
      ],
    })
    expect(JSON.stringify(await stores.query('SELECT * FROM sftp_key'))).not.toContain('somebody')
    expect(await keys.remove(who, id.toUpperCase())).toMatchObject({ ok: true, value: { id } })
    expect((await keys.access(who)).keys).toEqual([])
    expect(await keys.remove(who, id)).toMatchObject({ ok: false, userErrors: [{ code: 'NO_SUCH_KEY' }] })
  })

  test('a tenant has a key once, and another tenant may have the same key without notice', async () => {
    const [one, other] = [actor(), actor()]
    const key = makeKey('-t', 'ed25519')
    const { id } = await added(one, key)
    expect(codesOf(await add(one, `${key.canonical} other comment`, 'again'))).toEqual(['KEY_ALREADY_ADDED'])
    await using asked = openAuthorizedKeys(stores.serviceUrl)
    const lines = (tenantId: string) => asked.lines(tenantId)
    expect(await lines(other.tenantId)).toEqual([])
    await added(other, key)
    expect(await lines(other.tenantId)).toEqual([`restrict ${key.canonical}`])
    await keys.remove(one, id)
    expect([await lines(one.tenantId), await lines(other.tenantId)]).toEqual([[], [`restrict ${key.canonical}`]])
  })

  test('a tenant cannot remove a key of another tenant', async () => {
    const [one, other] = [actor(), actor()]
    const { id } = await added(one, makeKey('-t', 'ed25519'))
    for (const wrong of [id, id.slice(1), `${id}'`, '%', '', '../', `${id}\u0000`]) {
      expect(await keys.remove(other, wrong)).toMatchObject({ ok: false, userErrors: [{ code: 'NO_SUCH_KEY' }] })
    }
    expect((await keys.access(one)).keys).toHaveLength(1)
  })

  test('a tenant has at most 20 keys, and concurrent calls add a key once', async () => {
    const who = actor()
    const many = await Promise.all(Array.from({ length: 25 }, () => add(who, someLine())))
    expect(many.filter(({ ok }) => ok)).toHaveLength(20)
    expect(new Set(many.flatMap(codesOf))).toEqual(new Set(['TOO_MANY_KEYS']))
    const line = someLine()
    const tenants = Array.from({ length: 6 }, () => actor())
    const same = await Promise.all(tenants.flatMap((each) => [add(each, line), add(each, line)]))
    expect(same.filter(({ ok }) => ok)).toHaveLength(6)
    expect(await stores.query('SELECT 1 FROM sftp_key WHERE public_key = $1', [line.split(' ')[1]])).toHaveLength(6)
  })

  test('a private key is refused with a clear error, and is stored and logged nowhere', async () => {
    const { privateKey } = makeKey('-t', 'ed25519')
    const secret = privateKey.split('\n')[2] ?? ''
    log = ''
    const outcomes = [
      await add(actor(), privateKey),
      await add(actor(), secret),
      await add(actor(), someLine(), privateKey),
    ]
    expect(outcomes.map(codesOf)).toEqual([['PRIVATE_KEY_GIVEN'], ['INVALID_PUBLIC_KEY'], ['PRIVATE_KEY_GIVEN']])
    expect(JSON.stringify(outcomes) + log).not.toContain(secret.slice(0, 20))
    expect(JSON.stringify(await stores.query('SELECT * FROM sftp_key'))).not.toContain(secret.slice(0, 20))
  })

  test('added and removed keys are logged by fingerprint', async () => {
    const who = actor()
    const key = makeKey('-t', 'ed25519')
    log = ''
    await keys.remove(who, (await added(who, key)).id)
    const lines = log.split('\n').filter((line) => line.includes(key.fingerprint))
    expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual([
      'SFTP key added',
      'SFTP key removed',
    ])
    expect(log).not.toContain(key.canonical.split(' ')[1])
  })

  test('a key that a command removes is logged', async () => {
    const who = actor()
    const key = makeKey('-t', 'ed25519')
    await added(who, key)
    log = ''
    const config = loadConfig({
      DATABASE_URL: stores.serviceUrl,
      TEMPORAL_ADDRESS: '127.0.0.1:1',
      OAUTH_ISSUER: 'http://127.0.0.1:9/nobody',
      SFTP_HOST: '127.0.0.1',
      SFTP_USERNAME: 'nobody',
      SFTP_PASSWORD: 'nothing',
      SFTP_HOST_KEY_FINGERPRINT: key.fingerprint,
    })
    await using admin = await composeAdmin(config, { logger })
    expect(await admin.removeSftpKey(who.tenantId, key.fingerprint)).toBe(true)
    expect(await admin.removeSftpKey(who.tenantId, key.fingerprint)).toBe(false)
    expect(
      log
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as object),
    ).toMatchObject([
      { msg: 'SFTP key removed', tenantId: who.tenantId, removedBy: 'command', fingerprint: key.fingerprint },
    ])
  })

  test('the database refuses key lines with line breaks or options', async () => {
    const insert = (column: string, value: string) => {
      const row = new Map([
        ['tenant_id', 'acme'],
        ['type', 'ssh-ed25519'],
        ['public_key', 'AAAA'],
        ['fingerprint', `SHA256:${'B'.repeat(43)}`],
        [column, value],
      ])
      return stores.query(
        `INSERT INTO sftp_key (id, ${[...row.keys()].join(', ')}, label, added_at, added_by)
         VALUES (gen_random_uuid(), $1, $2, $3, $4, 'x', now(), 'x')`,
        [...row.values()],
      )
    }
    await expect(insert('type', 'command="id" ssh-ed25519')).rejects.toThrow('sftp_key_type_form')
    await expect(insert('public_key', 'AAAA\nssh-ed25519 AAAA')).rejects.toThrow('sftp_key_public_key_form')
    await expect(insert('fingerprint', 'SHA256:')).rejects.toThrow('sftp_key_fingerprint_form')
    await expect(insert('tenant_id', '../b')).rejects.toThrow('sftp_key_tenant_id_form')
  })
})

describe('an SFTP server that asks', () => {
  test('an SFTP server gets the key lines of an account, only one if it names a key, and none for unknown names', async () => {
    const who = actor()
    const [first, second] = [makeKey('-t', 'ed25519'), makeKey('-t', 'ecdsa')]
    await added(who, first)
    await added(who, second)
    const lines = [first, second].map(({ canonical }) => `restrict ${canonical}`)
    const { authorizedKeys } = stores
    expect(await authorizedKeys.lines(who.tenantId)).toEqual(lines)
    expect(await authorizedKeys.lines(who.tenantId, second.fingerprint)).toEqual(lines.slice(1))
    expect(await authorizedKeys.lines(who.tenantId, 'SHA256:other')).toEqual([])
    for (const name of ['root', '', '%', '../b', `${who.tenantId}\n`, "' OR ''='"]) {
      expect(await authorizedKeys.lines(name)).toEqual([])
    }
    const asked = await stores.query('SELECT authorized_keys($1) AS line', [who.tenantId])
    expect(asked.map(({ line }) => line)).toEqual(lines)
    expect(await stores.query('SELECT authorized_keys($1, $2) AS line', [who.tenantId, second.fingerprint])).toEqual([
      { line: lines[1] },
    ])
    expect(await stores.query('SELECT t FROM sftp_tenants() t WHERE t = $1', [who.tenantId])).toHaveLength(1)
  })

  test('the command for SFTP servers prints the same key lines, and exits with 0 for unknown names', async () => {
    const who = actor()
    const key = makeKey('-t', 'ed25519')
    await added(who, key)
    const ask = (...args: string[]) =>
      run(process.execPath, ['--import', 'tsx', 'src/bin/cli.ts', 'authorized-keys', ...args], {
        env: { PATH: '/usr/bin:/bin', DATABASE_URL: stores.serviceUrl },
      })
    expect((await ask(who.tenantId)).stdout).toBe(`restrict ${key.canonical}\n`)
    expect((await ask(who.tenantId, key.fingerprint)).stdout).toBe(`restrict ${key.canonical}\n`)
    expect(await ask('../root')).toMatchObject({ stdout: '', stderr: '' })
  })
})
