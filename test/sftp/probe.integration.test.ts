import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type DeliveryTestStep } from '../../src/domain/delivery-test.js'
import { hiddenPath, isDeliveryTestName } from '../../src/domain/hidden-name.js'
import { createSftpProbe } from '../../src/sftp/probe.js'
import type { SftpOptions } from '../../src/sftp/sftp.js'
import { type Quirks, type QuirkySftp, startQuirkySftp } from '../support/sftp/quirky-sftp.js'

let folder: string
let server: QuirkySftp
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-probe-'))
  server = await startQuirkySftp({ folder })
})
afterAll(async () => {
  await server.stop()
  await rm(folder, { recursive: true })
})
beforeEach(async () => {
  server.change({})
  await rm(join(folder, 'exports'), { recursive: true, force: true })
})

const tenantFolder = '/exports/acme'
const hidden = () => hiddenPath(`${tenantFolder}/delivery-test`, randomUUID())

function probe(options: Partial<SftpOptions> = {}, signal = AbortSignal.timeout(20_000)): Promise<DeliveryTestStep[]> {
  const { host, port, username, password, hostKeyFingerprints } = server
  const auth = { kind: 'password', password } as const
  const where = {
    folder: tenantFolder,
    paths: [hidden(), hidden()],
    isStale: (name: string) => isDeliveryTestName(name),
  } as const
  return createSftpProbe({ host, port, username, auth, hostKeyFingerprints, root: '', ...options })(where, signal)
}

const inTenantFolder = () => readdir(join(folder, tenantFolder)).catch(() => undefined)
const failing = (steps: readonly DeliveryTestStep[]) =>
  steps.filter(({ status }) => status === 'FAILED').map(({ name, code }) => [name, code])
const statuses = (steps: readonly DeliveryTestStep[]) =>
  Object.fromEntries(steps.map(({ name, status }) => [name, status]))

describe('a probe of an SFTP server', () => {
  test('a probe takes each step in order, measures it, and leaves no file', async () => {
    const steps = await probe()
    expect(steps.map(({ name, status }) => `${name} ${status}`)).toEqual([
      'SFTP_RESOLVE OK',
      'SFTP_CONNECT OK',
      'SFTP_HOST_KEY OK',
      'SFTP_LOGIN OK',
      'SFTP_FOLDER OK',
      'SFTP_WRITE OK',
      'SFTP_RENAME OK',
      'SFTP_REMOVE OK',
      // This server does not report it.
      'SFTP_SPACE SKIPPED',
    ])
    for (const { durationMs } of steps) expect(durationMs).toBeGreaterThanOrEqual(0)
    expect(await inTenantFolder()).toEqual([])
  })

  test('what an interrupted probe left is removed, and nothing else', async () => {
    await mkdir(join(folder, tenantFolder), { recursive: true })
    const kept = ['2026', '.user.csv.part', 'delivery-test', `.user.csv.${randomUUID()}.part`]
    for (const name of kept) await writeFile(join(folder, tenantFolder, name), 'kept')
    await writeFile(join(folder, hidden()), 'left by a probe')
    expect(failing(await probe())).toEqual([])
    expect(await inTenantFolder()).toEqual(kept.toSorted())
  })

  test.each<[string, Partial<SftpOptions>, string, string]>([
    ['a name without an address', { host: 'no-such-host.invalid' }, 'SFTP_RESOLVE', 'SFTP_UNAVAILABLE'],
    ['a port where no server listens', { port: 1 }, 'SFTP_CONNECT', 'SFTP_UNAVAILABLE'],
    [
      'a host key that is not pinned',
      { hostKeyFingerprints: [`SHA256:${'A'.repeat(43)}`] },
      'SFTP_HOST_KEY',
      'SFTP_HOST_KEY_MISMATCH',
    ],
    ['a wrong password', { auth: { kind: 'password', password: 'wrong' } }, 'SFTP_LOGIN', 'SFTP_AUTHENTICATION_FAILED'],
    ['a folder that the operator has not created', { root: '/tenants/{tenant}' }, 'SFTP_FOLDER', 'SFTP_FOLDER_MISSING'],
  ])('a probe that meets %s fails at its step, and skips the steps after it', async (_, options, name, code) => {
    const steps = await probe(options)
    expect(failing(steps)).toEqual([[name, code]])
    const at = steps.findIndex((step) => step.name === name)
    expect(steps).toHaveLength(9)
    expect(steps.slice(0, at).every(({ status }) => status === 'OK')).toBe(true)
    expect(steps.slice(at + 1).every(({ status, durationMs }) => status === 'SKIPPED' && durationMs === null)).toBe(
      true,
    )
    expect(steps[at]).toMatchObject({ message: expect.any(String), remedy: expect.any(String) })
  })

  test.each<[string, Quirks, string, string]>([
    ['a full disk', { fullDisk: { status: 4, message: 'No space left on device' } }, 'SFTP_WRITE', 'SFTP_NO_SPACE'],
    ['a server that refuses hidden names', { noDotNames: true }, 'SFTP_WRITE', 'SFTP_PROTOCOL'],
  ])('a probe that meets %s fails at its step, and leaves no file', async (_, quirks, name, code) => {
    server.change(quirks)
    const steps = await probe()
    expect(failing(steps)).toEqual([[name, code]])
    expect(statuses(steps)).toMatchObject({ SFTP_RENAME: 'SKIPPED', SFTP_REMOVE: 'SKIPPED' })
    expect(await inTenantFolder()).toEqual([])
  })

  test.each<[string, Quirks]>([
    ['lists no folder', { noListing: true }],
    ['reports no attributes', { noStats: true }],
    ['reads no file', { noReads: true }],
  ])('a probe of a server that %s succeeds, as a delivery does', async (_, quirks) => {
    server.change(quirks)
    expect(failing(await probe())).toEqual([])
  })

  test('a probe follows no symbolic link', async () => {
    await mkdir(join(folder, 'exports'), { recursive: true })
    await mkdir(join(folder, 'elsewhere'), { recursive: true })
    await symlink(join(folder, 'elsewhere'), join(folder, tenantFolder))
    expect(failing(await probe())).toEqual([['SFTP_FOLDER', 'SFTP_UNSAFE_PATH']])
    expect(await readdir(join(folder, 'elsewhere'))).toEqual([])
  })

  test('a probe that takes too long fails at the step that it is at, and its file is removed', async () => {
    let [release, onRename] = [(): void => undefined, (): void => undefined]
    const until = new Promise<void>((resolve) => (release = resolve))
    const isHeld = new Promise<void>((resolve) => (onRename = resolve))
    server.change({ holdRename: { suffix: '.part', onRename, until } })
    const late = new AbortController()
    const steps = probe({}, late.signal)
    await isHeld
    late.abort(new Error('the test is impatient'))
    release()
    expect(failing(await steps)).toMatchObject([['SFTP_RENAME', expect.any(String)]])
    expect(await inTenantFolder()).toEqual([])
  })
})
