import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { composeVerifier } from '../../src/compose/verifier.js'
import { loadConfig } from '../../src/config/config.js'
import { indexPath, manifestPath, signaturePath } from '../../src/domain/delivery-path.js'
import { createSignatureCheck, publishedKeys } from '../../src/signing/manifest-keys.js'
import { midnight } from '../support/world/days.js'
import type { TestTenant } from '../support/world/tenant.js'
import { createWorld, type World } from '../support/world/world.js'

let world: World
beforeAll(async () => {
  world = await createWorld({ worker: false })
})
afterAll(() => world[Symbol.asyncDispose]())
afterEach(() => world.stopWorkers())

const [one, other] = [generateKeyPairSync('ed25519'), generateKeyPairSync('ed25519')]
const secretOf = ({ privateKey }: { privateKey: KeyObject }) =>
  String(privateKey.export({ type: 'pkcs8', format: 'pem' }))
const publicOf = ({ publicKey }: { publicKey: KeyObject }) => String(publicKey.export({ type: 'spki', format: 'pem' }))
const signing = (keys: typeof one) => ({ MANIFEST_SIGNING_KEY: secretOf(keys) })
const idOf = async ({ publicKey }: typeof one) => (await publishedKeys([publicKey]))[0]?.kid

async function newTenant(): Promise<TestTenant> {
  const tenant = await world.tenant({ rows: { user: 5, site_category: 1, site: 2 }, before: midnight(6) })
  await tenant.register({ entityList: 'site' })
  return tenant
}

/** The key that has signed a file of the tenant; undefined if it has no valid signature. */
async function signerOf(tenant: TestTenant, path: string): Promise<string | undefined> {
  const files = new Map((await tenant.everything()).map((file) => [file.path, file.content]))
  const [content, signature] = [files.get(path), files.get(signaturePath(path))]
  if (!content || !signature) return undefined
  return createSignatureCheck([one.publicKey, other.publicKey])(content, signature.toString())
}

async function verified(tenant: TestTenant, environment: Record<string, string>) {
  await using verifier = await composeVerifier(loadConfig({ ...world.environment, ...environment }))
  return await verifier.verify({ tenantId: tenant.id, withSource: false }, new AbortController().signal)
}

test('manifest and index are signed, and after a rotation new ones have the new key', async () => {
  const tenant = await newTenant()
  await world.startWorker(signing(one))
  await tenant.backfill(midnight(2))
  expect(await signerOf(tenant, manifestPath(tenant.id, midnight(2)))).toBe(await idOf(one))
  expect(await signerOf(tenant, indexPath(tenant.id))).toBe(await idOf(one))
  await world.stopWorkers()
  await world.startWorker(signing(other))
  await tenant.backfill(midnight(1))
  expect(await signerOf(tenant, manifestPath(tenant.id, midnight(2)))).toBe(await idOf(one))
  expect(await signerOf(tenant, manifestPath(tenant.id, midnight(1)))).toBe(await idOf(other))
  expect(await signerOf(tenant, indexPath(tenant.id))).toBe(await idOf(other))
  expect(await tenant.hiddenFiles()).toEqual([])
  const both = await verified(tenant, { ...signing(other), MANIFEST_PUBLIC_KEYS: publicOf(one) })
  expect(both).toMatchObject({ differences: [], notComparable: [], notLookedAt: [] })
  expect((await verified(tenant, signing(other))).notComparable).toMatchObject([
    { path: signaturePath(manifestPath(tenant.id, midnight(2))), reason: expect.stringContaining('is not configured') },
  ])
})

test('without a key nothing is signed, and the signatures of a rewritten day and of the index are removed', async () => {
  const tenant = await newTenant()
  await world.startWorker(signing(one))
  await tenant.runNow()
  await world.stopWorkers()
  await world.startWorker()
  await tenant.runNow()
  const names = (await tenant.everything()).map(({ path }) => path)
  expect(names.filter((path) => path.endsWith('.jws'))).toEqual([])
  expect(names).toContain(indexPath(tenant.id))
  expect(await verified(tenant, {})).toMatchObject({ differences: [], notComparable: [], notLookedAt: [] })
})

test('verify finds a manifest that was changed together with its checksum, and an index and a contract that were changed', async () => {
  const tenant = await newTenant()
  await world.startWorker(signing(one))
  await tenant.backfill(midnight(1))
  const local = (path: string) => join(world.sftp.folder, path)
  const manifest = manifestPath(tenant.id, midnight(1))
  const contract = `/exports/${tenant.id}/contracts/site.yaml`
  for (const path of [manifest, indexPath(tenant.id), contract]) {
    await writeFile(local(path), (await readFile(local(path), 'utf8')).replace(tenant.id, `${tenant.id}x`))
  }
  const { differences } = await verified(tenant, signing(one))
  expect(differences.map(({ path, what }) => [path, what])).toEqual(
    expect.arrayContaining([
      [signaturePath(manifest), 'key that has signed the file'],
      [indexPath(tenant.id), 'sha256 of the index'],
      [signaturePath(indexPath(tenant.id)), 'key that has signed the file'],
      [contract, 'sha256 of the contract'],
    ]),
  )
})
