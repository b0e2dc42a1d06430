import { createHash } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { composeVerifier } from '../../src/compose/verifier.js'
import { loadConfig } from '../../src/config/config.js'
import type { OnStep } from '../../src/domain/run-step.js'
import type { EncryptionInput } from '../../src/domain/encryption.js'
import type { RegistrationInput } from '../../src/services/registrations/registration-input.js'
import { GpgHome } from '../support/pgp/gpg.js'
import { anActor } from '../support/world/builders.js'
import { farFromMidnight, midnight } from '../support/world/days.js'
import { codes, csvRows, type TestTenant } from '../support/world/tenant.js'
import { createWorld, type World } from '../support/world/world.js'

let world: World
let gpg: GpgHome
let operator: { readonly home: GpgHome; readonly fingerprint: string }
let onStep: OnStep = () => undefined
beforeAll(async () => {
  await farFromMidnight()
  gpg = await GpgHome.open()
  const home = await GpgHome.open()
  operator = { home, fingerprint: await home.generate('operator') }
  const PGP_SIGNING_KEY = await home.exportSecret(operator.fingerprint)
  world = await createWorld({ worker: false, environment: { PGP_SIGNING_KEY } })
  // Small files are exported together, larger ones alone.
  await world.startWorker({ EXPORT_FILES_TOGETHER: '32' }, { onStep: (...step) => onStep(...step) })
})
afterAll(async () => {
  await world[Symbol.asyncDispose]()
  await gpg[Symbol.asyncDispose]()
  await operator.home[Symbol.asyncDispose]()
})
beforeEach(() => {
  onStep = () => undefined
})

/** What each row of the tests has in plain text. */
const mark = 'PLAIN-TEXT-OF-A-TENANT'

async function insert(tenant: TestTenant, prefix: string, rows: number, updatedAt: Date): Promise<void> {
  await world.sql(
    `INSERT INTO analytics.site_category (tenant_code, code, name, sort_order, is_visible, updated_at)
     SELECT $1, $2 || '-' || n, '${mark} ' || (SELECT string_agg(md5(random()::text || k || n), '') FROM generate_series(1, 30) k),
       n, true, $4 FROM generate_series(1, $3::int) n`,
    [tenant.id, prefix, rows, updatedAt],
  )
}

async function addKey(tenant: TestTenant, name: string): Promise<string> {
  const fingerprint = await gpg.generate(`${name}-${tenant.id}`)
  const added = await world.useCases.pgpKeys.add(anActor(tenant.id), {
    publicKey: await gpg.export(fingerprint),
    label: name,
  })
  if (!added.ok) throw new Error(JSON.stringify(added.userErrors))
  return fingerprint
}

/** A tenant with one key and rows of about 1 KB each, dated before yesterday. */
async function tenantWith(rows: number): Promise<{ tenant: TestTenant; key: string }> {
  const tenant = await world.tenant({ rows: { user: 3 }, before: midnight(2) })
  await insert(tenant, 'old', rows, midnight(3))
  return { tenant, key: await addKey(tenant, 'first') }
}

const register = (
  tenant: TestTenant,
  fileFormat: NonNullable<RegistrationInput['fileFormat']>,
  encryption: EncryptionInput = { pgp: {} },
) => tenant.register({ entityList: 'site category, user', fileFormat, encryption })

async function filesOf(tenant: TestTenant, day: Date, entity = 'site_category') {
  const folder = `/exports/${tenant.id}/${day.toISOString().slice(0, 10).replaceAll('-', '/')}/${entity}/`
  const files = (await tenant.files()).filter(({ path }) => path.startsWith(folder))
  return files.map(({ path, content }) => ({ path, name: path.slice(folder.length), content }))
}

/** Every file on the server, hidden ones too, except manifests, is an OpenPGP message without the mark. */
async function expectNothingPlain(tenant: TestTenant): Promise<number> {
  const files = await tenant.files()
  for (const { path, content } of files) {
    expect(content.includes(mark), path).toBe(false)
    // A packet with an encrypted session key is first: tag 1 in the new form.
    if (!path.includes('datapackage.json') && content.length > 0) expect(content[0], path).toBe(0xc1)
  }
  return files.filter(({ path }) => /\/\.[^/]+$/.test(path)).length
}

async function verified(tenant: TestTenant) {
  await using verifier = await composeVerifier(loadConfig(world.environment))
  return await verifier.verify({ tenantId: tenant.id, withSource: true }, new AbortController().signal)
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

interface EncryptedResource {
  readonly entity: string
  readonly path: string
  readonly bytes: number
  readonly hash: string
  readonly mode: string
  readonly compression?: string
  readonly encryption: {
    readonly recipients: readonly string[]
    readonly signedBy: string | null
    readonly content: { readonly bytes: number; readonly hash: string; readonly compression?: string }
  }
}

/** The resources of a day's manifest, each checked against the stored file and against what gpg gives back. */
async function decryptedDay(tenant: TestTenant, day: Date) {
  const folder = `/exports/${tenant.id}/${day.toISOString().slice(0, 10).replaceAll('-', '/')}`
  const files = new Map((await tenant.files()).map(({ path, content }) => [path, content]))
  const manifest = JSON.parse(String(files.get(`${folder}/datapackage.json`))) as { resources: EncryptedResource[] }
  return Promise.all(
    manifest.resources.map(async (resource) => {
      const stored = files.get(`${folder}/${resource.path}`)!
      expect([stored.length, `sha256:${sha256(stored)}`]).toEqual([resource.bytes, resource.hash])
      return { resource, ...(await decrypted(resource, stored)) }
    }),
  )
}

async function decrypted({ encryption }: EncryptedResource, stored: Buffer) {
  const { content, status } = await gpg.decrypt(stored)
  expect(encryption.content).toMatchObject({ bytes: content.length, hash: `sha256:${sha256(content)}` })
  return { csv: encryption.content.compression === 'gz' ? gunzipSync(content) : content, status }
}

describe('an export with encryption', () => {
  test('gpg decrypts the full load, the delta and the empty window, and the manifest has both checksums (promises 5, 8, 9)', async () => {
    const { tenant, key } = await tenantWith(400)
    await register(tenant, { compression: 'GZIP' })
    const [run] = await tenant.backfill(midnight(2))
    expect(run).toMatchObject({ status: 'SUCCEEDED' })
    await insert(tenant, 'new', 20, midnight(1.5))
    await tenant.backfill(midnight(1), midnight(0))
    const days = await Promise.all([2, 1, 0].map((ago) => decryptedDay(tenant, midnight(ago))))
    const category = days.map((day) => day.find(({ resource }) => resource.entity === 'site_category')!)
    expect(category.map(({ resource }) => resource.mode)).toEqual(['full', 'delta', 'delta'])
    expect(category.map(({ csv }) => csvRows(csv).length)).toEqual([400, 20, 0])
    expect(codes(csvRows(category[1]!.csv)).every((code) => code.startsWith('new-'))).toBe(true)
    expect(category[0]!.resource).toMatchObject({
      path: 'site_category/site_category.csv.gz.pgp',
      mediatype: 'application/pgp-encrypted',
      encryption: { type: 'pgp', recipients: [key], signedBy: null, content: { mediatype: 'application/gzip' } },
    })
    expect(category[0]!.resource.compression).toBeUndefined()
    await expectNothingPlain(tenant)
    const [delivery] = await world.useCases.deliveries.newest(tenant.id, ['site_category'])
    expect(delivery).toMatchObject({ encryption: { recipients: [key], signedBy: null } })
    expect(delivery!.content).toEqual({
      bytes: category[2]!.resource.encryption.content.bytes,
      sha256: category[2]!.resource.encryption.content.hash.replace('sha256:', ''),
    })
  })

  test('verify compares the encrypted bytes, and says what it cannot check', async () => {
    const { tenant } = await tenantWith(10)
    await register(tenant, {})
    await tenant.backfill(midnight(1))
    const report = await verified(tenant)
    expect(report).toMatchObject({ differences: [], notLookedAt: [] })
    expect(report.notComparable.map(({ reason }) => reason)).toEqual([
      expect.stringContaining('it is encrypted'),
      expect.stringContaining('it is encrypted'),
    ])
  })

  test('each file part is decrypted alone, and is within its limit', async () => {
    const { tenant } = await tenantWith(3000)
    await register(tenant, { maxPartMegabytes: 1 })
    const [run] = await tenant.backfill(midnight(1))
    expect(run?.status).toBe('SUCCEEDED')
    const parts = await filesOf(tenant, midnight(1))
    expect(parts.length).toBeGreaterThanOrEqual(3)
    expect(parts.map(({ name }) => name)).toEqual(parts.map((_, index) => `site_category.000${index + 1}.csv.pgp`))
    for (const { content } of parts) expect(content.length).toBeLessThanOrEqual(1_000_000)
    const day = (await decryptedDay(tenant, midnight(1))).filter(({ resource }) => resource.entity === 'site_category')
    expect(day.flatMap(({ csv }) => csvRows(csv))).toHaveLength(3000)
    expect(await verified(tenant)).toMatchObject({ differences: [], notLookedAt: [] })
  })

  test('several keys can each decrypt a file, which the key of the operator signed', async () => {
    const { tenant, key } = await tenantWith(5)
    const second = await addKey(tenant, 'second')
    const shown = await world.useCases.pgpKeys.list(anActor(tenant.id))
    expect(shown.signingKey?.fingerprint).toBe(operator.fingerprint)
    await gpg.import(shown.signingKey!.publicKey)
    await register(tenant, {}, { pgp: { sign: true } })
    await tenant.backfill(midnight(1))
    for (const { resource, status } of await decryptedDay(tenant, midnight(1))) {
      expect(resource.encryption).toMatchObject({ recipients: [key, second], signedBy: operator.fingerprint })
      expect(status.match(/ENC_TO /g)).toHaveLength(2)
      expect(status).toContain(`VALIDSIG ${operator.fingerprint}`)
    }
  })

  test('turning encryption on replaces the plain file of the day, and off the encrypted one (promise 6)', async () => {
    const { tenant } = await tenantWith(5)
    const names = async () => (await filesOf(tenant, midnight(0))).map(({ name }) => name)
    await tenant.register({ entityList: 'site category' })
    await tenant.runNow()
    expect(await names()).toEqual(['site_category.csv'])
    await tenant.register({ entityList: 'site category', encryption: { pgp: {} } })
    await tenant.runNow()
    expect(await names()).toEqual(['site_category.csv.pgp'])
    await expectNothingPlain(tenant)
    await tenant.register({ entityList: 'site category' })
    await tenant.runNow()
    expect(await names()).toEqual(['site_category.csv'])
  })
})

describe('nothing unencrypted reaches the server', () => {
  const crash = () => {
    throw new Error('the worker died')
  }

  test.each([
    ['alone', 3000, {}],
    ['together with other small files', 5, {}],
    ['in file parts', 3000, { maxPartMegabytes: 1 }],
  ] as const)('hidden files hold only encrypted bytes, also after a crash: %s', async (_, rows, format) => {
    const { tenant } = await tenantWith(rows)
    await register(tenant, format)
    let hidden = 0
    let intents = 0
    onStep = async (step, { tenantId }) => {
      if (tenantId !== tenant.id) return
      hidden += await expectNothingPlain(tenant)
      if (step === 'intend' && ++intents <= 2) crash()
    }
    const [run] = await tenant.backfill(midnight(1))
    expect(run?.status).toBe('SUCCEEDED')
    expect(hidden).toBeGreaterThan(0)
    expect(await expectNothingPlain(tenant)).toBe(0)
    expect(csvRows((await decryptedDay(tenant, midnight(1)))[0]!.csv).length).toBeGreaterThan(0)
  })
})

describe('keys that change', () => {
  test('a key that was added or removed is effective from the next file on', async () => {
    const { tenant, key } = await tenantWith(5)
    await register(tenant, {})
    await tenant.backfill(midnight(2))
    const second = await addKey(tenant, 'second')
    const removed = await world.useCases.pgpKeys.remove(anActor(tenant.id), key)
    expect(removed.ok).toBe(true)
    await tenant.backfill(midnight(1))
    const recipients = async (ago: number) =>
      (await decryptedDay(tenant, midnight(ago))).map(({ resource }) => resource.encryption.recipients)
    expect(await recipients(2)).toEqual([[key], [key]])
    expect(await recipients(1)).toEqual([[second], [second]])
  })

  test('a key that has expired fails the run with its code and writes nothing, and the next key covers the gap (promise 4)', async () => {
    const { tenant, key } = await tenantWith(5)
    await register(tenant, {})
    await tenant.backfill(midnight(2))
    // As if its time had come: no call can add an expired key.
    await world.own(`UPDATE tidemark.pgp_key SET expires_at = now() - interval '1 hour' WHERE fingerprint = '${key}'`)
    const before = (await tenant.files()).length
    const [failed] = await tenant.backfill(midnight(1))
    expect(failed!.status).toBe('FAILED')
    expect(failed!.entities.map(({ error }) => error?.code)).toEqual(['PGP_KEY_UNUSABLE', 'PGP_KEY_UNUSABLE'])
    expect((await tenant.files()).length).toBe(before)
    expect(await tenant.hiddenFiles()).toEqual([])
    const second = await addKey(tenant, 'second')
    expect((await world.useCases.pgpKeys.remove(anActor(tenant.id), key)).ok).toBe(true)
    const [run] = await tenant.backfill(midnight(0))
    expect(run?.status).toBe('SUCCEEDED')
    for (const { resource } of await decryptedDay(tenant, midnight(0))) {
      expect(resource.encryption.recipients).toEqual([second])
      expect((resource as unknown as { window: { from: string } }).window.from).toBe(midnight(2).toISOString())
    }
  })
})
