import { createHash } from 'node:crypto'
import { readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ManifestResource } from '../../dev/demo/tenant-files.js'
import { manifestPath } from '../../src/domain/delivery-path.js'
import { fileOf, first, found, second, createVerification, type Verification } from './support/verification.js'
import { createWorld, type World } from '../support/world/world.js'

let world: World
let verification: Verification
beforeAll(async () => {
  world = await createWorld()
  verification = createVerification(world)
})
afterAll(() => world[Symbol.asyncDispose]())

test('verify finds a changed byte of a file, by the checksum and by the row', async () => {
  const tenant = await verification.twoDays()
  const path = fileOf(tenant, second)
  const content = await readFile(verification.local(path))
  content.write('M', content.indexOf('new-00000901'))
  await writeFile(verification.local(path), content)
  const differences = found(await verification.verified({ tenantId: tenant.id }))
  expect(differences).toEqual([
    [path, 'sha256', createHash('sha256').update(content).digest('hex')],
    [path, 'rows of the source that the file lacks', '1'],
  ])
})

test('verify finds a truncated file', async () => {
  const tenant = await verification.twoDays()
  const path = fileOf(tenant, first)
  const { length } = await readFile(verification.local(path))
  await truncate(verification.local(path), length - 5)
  const differences = found(await verification.verified({ tenantId: tenant.id }))
  expect(differences.map(([, what]) => what)).toEqual(
    expect.arrayContaining([
      'bytes',
      'sha256',
      'line end at the end of the file',
      'rows of the source that the file lacks',
    ]),
  )
  expect(new Set(differences.map(([which]) => which))).toEqual(new Set([path]))
})

test('verify finds a missing file', async () => {
  const tenant = await verification.twoDays()
  const path = fileOf(tenant, second)
  await rm(verification.local(path))
  expect(found(await verification.verified({ tenantId: tenant.id }))).toEqual([[path, 'file', 'missing']])
})

test.each([false, true])(
  'verify finds a file that lacks a row, though its manifest agrees (and the ledger: %s)',
  async (ledger) => {
    const tenant = await verification.twoDays()
    const path = fileOf(tenant, first)
    const lines = await verification.linesOf(tenant, first)
    await verification.rewrite(tenant, first, 11, Buffer.from(`${lines.toSpliced(5, 1).join('\n')}\n`), ledger)
    const report = await verification.verified({ tenantId: tenant.id })
    expect(found(report)).toContainEqual([path, 'rows of the source that the file lacks', '1'])
    if (ledger) expect(report.differences).toHaveLength(1)
    else expect(found(report)).toContainEqual([path, 'rows', '11'])
  },
)

test('verify finds a repeated row, a row of another tenant, a row with too few fields and invalid UTF-8, though manifest and ledger agree (promise 12)', async () => {
  const tenant = await verification.twoDays()
  const path = fileOf(tenant, first)
  const lines = await verification.linesOf(tenant, first)
  const foreign = lines[1]!.replace(tenant.id, 't-other').replace(/^[^,]+/, 'of-another')
  const text = `${[...lines, lines[3], foreign, 'short'].join('\n')}\n`
  await verification.rewrite(tenant, first, 15, Buffer.concat([Buffer.from(text), Buffer.from([0xff, 0x0a])]), true)
  const differences = found(await verification.verified({ tenantId: tenant.id, withSource: false }))
  expect(differences).toEqual(
    expect.arrayContaining([
      [path, 'UTF-8', 'invalid'],
      [path, 'rows', '16'],
      [path, 'rows with another number of fields than the header', '2'],
      [path, 'rows with the key of an earlier row', '1'],
    ]),
  )
  expect(differences.find(([, what]) => what === 'rows of another tenant')?.[2]).toBe('3')
})

test('verify finds a quote that is never closed, and reports no value', async () => {
  const tenant = await verification.twoDays()
  const path = fileOf(tenant, first)
  const text = await readFile(verification.local(path), 'utf8')
  await writeFile(verification.local(path), `${text}"secret-value,`)
  const report = await verification.verified({ tenantId: tenant.id })
  expect(found(report)).toContainEqual([path, 'CSV', expect.stringMatching(/^CSV_QUOTE_NOT_CLOSED in line \d+$/)])
  expect(JSON.stringify(report)).not.toContain('secret-value')
})

test('verify finds a file with other columns', async () => {
  const tenant = await verification.twoDays()
  const text = await readFile(verification.local(fileOf(tenant, first)), 'utf8')
  await writeFile(verification.local(fileOf(tenant, first)), text.replace('name', 'nome'))
  const differences = found(await verification.verified({ tenantId: tenant.id }))
  expect(differences.map(([, what]) => what)).toEqual(['sha256', 'header'])
})

test('verify finds a missing manifest', async () => {
  const tenant = await verification.twoDays()
  const path = manifestPath(tenant.id, second)
  await rm(verification.local(path))
  expect(found(await verification.verified({ tenantId: tenant.id }))).toEqual([[path, 'manifest', 'missing']])
})

test('verify finds a manifest with another checksum, one that lacks a file and one that names an unknown file', async () => {
  const tenant = await verification.twoDays()
  const path = manifestPath(tenant.id, second)
  const json = JSON.parse(await readFile(verification.local(path), 'utf8')) as { resources: ManifestResource[] }
  const [one, other] = json.resources
  const write = (resources: unknown[]) => writeFile(verification.local(path), JSON.stringify({ ...json, resources }))
  await write([
    { ...one, hash: `sha256:${'0'.repeat(64)}`, sequence: 7 },
    { ...other, path: 'nowhere/nothing.csv' },
  ])
  const file = (resource: ManifestResource | undefined) => `${dirname(path)}/${resource?.path}`
  const differences = found(await verification.verified({ tenantId: tenant.id }))
  expect(differences).toEqual(
    expect.arrayContaining([
      [path, 'sha256 of the manifest', expect.stringMatching(/^[0-9a-f]{64}$/)],
      [file(one), 'hash in the manifest', `sha256:${'0'.repeat(64)}`],
      [file(one), 'sequence in the manifest', '7'],
      [file(other), 'entries in the manifest', '0'],
      [`${dirname(path)}/nowhere/nothing.csv`, 'file in the manifest', 'unknown to the ledger'],
    ]),
  )
  await writeFile(verification.local(path), '{ "resources": [')
  expect(found(await verification.verified({ tenantId: tenant.id }))).toContainEqual([
    path,
    'format of the manifest',
    'something else',
  ])
})
