import { mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ssh2 from 'ssh2'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createSftpTarget, type SftpSession, type SftpTarget } from '../../src/sftp/sftp.js'
import { attack } from '../support/attacks.js'
import { chunksOf } from './support/chunks.js'
import { type Quirks, type QuirkySftp, startQuirkySftp } from '../support/sftp/quirky-sftp.js'

let folder: string
const open: (() => Promise<void>)[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-quirks-'))
})
afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close()
  await rm(folder, { recursive: true })
})

async function serverWith(quirks: Quirks, hostKeys?: readonly string[]): Promise<QuirkySftp> {
  const server = await startQuirkySftp({ folder, quirks, ...(hostKeys && { hostKeys }) })
  open.push(() => server.stop())
  return server
}

function targetOf(server: QuirkySftp, hostKeyFingerprints = server.hostKeyFingerprints): SftpTarget {
  const { host, port, username, password } = server
  const target = createSftpTarget({
    host,
    port,
    username,
    auth: { kind: 'password', password },
    hostKeyFingerprints,
    root: '',
    operationMs: 5_000,
  })
  open.push(async () => target[Symbol.asyncDispose]())
  return target
}

const path = '/exports/acme/2026/11/27/user/user.csv'
const hidden = '/exports/acme/2026/11/27/user/.user.csv.1.part'
const deliver = async (target: SftpTarget, text: string): Promise<void> =>
  target.session(new AbortController().signal, async (session) => {
    await session.upload(hidden, chunksOf(Buffer.from(text)))
    await session.replace(hidden, path, { isUploaded: true })
  })
const within = <T>(target: SftpTarget, use: (session: SftpSession) => Promise<T>): Promise<T> =>
  target.session(new AbortController().signal, use)
const delivered = (): Promise<string> => readFile(join(folder, path), 'utf8')

const deliverable: readonly (readonly [string, Quirks])[] = [
  ['has no quirk', {}],
  ['sends attributes without type bits', { attributes: 'no type' }],
  ['sends attributes without type bits, and knows no READLINK', { attributes: 'no type', noReadlink: true }],
  ['sends attributes without permissions', { attributes: 'no mode' }],
  ['sends attributes without permissions, and knows no READLINK', { attributes: 'no mode', noReadlink: true }],
  ['sends attributes without a size', { attributes: 'no size' }],
  ['offers posix-rename, which fails where the target exists', { failingPosixRename: true }],
  ['permits no reads', { noReads: true }],
  ['tells nothing of any place', { noStats: true }],
  ['lists no folder', { noListing: true }],
  ['permits no reads, tells nothing and lists nothing', { noReads: true, noStats: true, noListing: true }],
  ['says "permission denied" for a name that is taken', { takenStatus: 3 }],
  ['says "failure" for what is not there', { missingStatus: 4 }],
]

test.each(deliverable)(
  'a server that %s takes a file, and its replacement after an upload that was left',
  async (what, quirks) => {
    attack({ name: `a server that ${what}` })
    const target = targetOf(await serverWith(quirks))
    await deliver(target, 'first')
    expect(await delivered()).toBe('first')
    await writeFile(join(folder, hidden), 'what an earlier attempt has left')
    await deliver(target, 'second')
    expect(await delivered()).toBe('second')
    expect(await readdir(join(folder, '/exports/acme/2026/11/27/user'))).toEqual(['user.csv'])
  },
)

const telling = deliverable.filter(([, quirks]) => !quirks.noStats && quirks.missingStatus === undefined)

test.each(telling)('on a server that %s a symbolic link is not followed', async (what, quirks) => {
  attack({ name: `a symbolic link on a server that ${what}` })
  const elsewhere = join(folder, 'elsewhere')
  await mkdir(elsewhere)
  await mkdir(join(folder, 'exports/acme/2026'), { recursive: true })
  await symlink(elsewhere, join(folder, 'exports/acme/2026/11'))
  await expect(deliver(targetOf(await serverWith(quirks)), 'text')).rejects.toMatchObject({
    code: 'SFTP_UNSAFE_PATH',
    message: expect.stringMatching(/exports\/acme\/2026\/11 .* symbolic link/),
  })
  expect(await readdir(elsewhere)).toEqual([])
})

test.each(telling)('on a server that %s a file in place of a folder is named', async (_what, quirks) => {
  await mkdir(join(folder, 'exports/acme'), { recursive: true })
  await writeFile(join(folder, 'exports/acme/2026'), 'a file')
  await expect(deliver(targetOf(await serverWith(quirks)), 'text')).rejects.toMatchObject({
    code: 'SFTP_UNSAFE_PATH',
    message: expect.stringContaining('is not a folder'),
  })
})

test.each(telling.filter(([, { noListing }]) => !noListing))(
  'on a server that %s all of a folder can be removed, and links in it are not followed',
  async (_what, quirks) => {
    const target = targetOf(await serverWith(quirks))
    await deliver(target, 'text')
    const kept = join(folder, 'kept')
    await mkdir(kept)
    await writeFile(join(kept, 'file'), 'kept')
    await symlink(kept, join(folder, 'exports/acme/2026/link'))
    const removed = await within(target, (session) => session.removeAllIn('/exports/acme'))
    expect(removed.files).toBe(2)
    expect(await readdir(join(folder, 'exports/acme'))).toEqual([])
    expect(await readdir(kept)).toEqual(['file'])
  },
)

test.each([
  [4, 'No space left on device'],
  [4, 'write failed: Disk full'],
  [4, 'There is not enough space on the disk. (quota exceeded)'],
])('a full disk that is answered with %s and %j is reported as SFTP_NO_SPACE', async (status, message) => {
  attack({ name: 'a full disk that a server tells in words' })
  const target = targetOf(await serverWith({ fullDisk: { status, message } }))
  await expect(deliver(target, 'text')).rejects.toMatchObject({ code: 'SFTP_NO_SPACE' })
})

test('any other failure of a write is still reported as SFTP_PROTOCOL', async () => {
  const target = targetOf(await serverWith({ fullDisk: { status: 4, message: 'Failure' } }))
  await expect(deliver(target, 'text')).rejects.toMatchObject({ code: 'SFTP_PROTOCOL' })
})

const rsa = ssh2.utils.generateKeyPairSync('rsa', { bits: 3072 }).private
const nistp256 = ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 }).private
const nistp521 = ssh2.utils.generateKeyPairSync('ecdsa', { bits: 521 }).private

test('a server with keys of several types is known by any one of them that is pinned', async () => {
  attack({ name: 'a server with several host keys, one of them pinned' })
  const server = await serverWith({}, [nistp256, nistp521, rsa])
  for (const [index, text] of ['0', '1', '2'].entries()) {
    const target = targetOf(server, [server.hostKeyFingerprints[index] ?? ''])
    await deliver(target, text)
    expect(await delivered()).toBe(text)
  }
})

test('a server that gains a key of a type that is preferred stays known by the pinned one', async () => {
  attack({ name: 'a server that gains a host key of another type' })
  const before = await serverWith({}, [rsa])
  await deliver(targetOf(before), 'before')
  const after = await serverWith({}, [nistp256, rsa])
  await deliver(targetOf(after, before.hostKeyFingerprints), 'after')
  expect(await delivered()).toBe('after')
})

test('a server none of whose keys is pinned is refused with the key that it showed first', async () => {
  const server = await serverWith({}, [nistp256, rsa])
  await expect(deliver(targetOf(server, [`SHA256:${'A'.repeat(43)}`]), 'text')).rejects.toMatchObject({
    code: 'SFTP_HOST_KEY_MISMATCH',
    message: expect.stringContaining(`ecdsa-sha2-nistp256 host key ${server.hostKeyFingerprints[0]}`),
  })
})

test('a server without a reason in its errors keeps a file if another cannot be renamed to its name', async () => {
  attack({ name: 'a server that tells nothing and refuses a rename' })
  const server = await serverWith({})
  const target = targetOf(server)
  await deliver(target, 'first')
  server.change({ noStats: true })
  await expect(within(target, (session) => session.replace(hidden, path))).rejects.toMatchObject({
    code: 'SFTP_PROTOCOL',
  })
  expect(await delivered()).toBe('first')
})
