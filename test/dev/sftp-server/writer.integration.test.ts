import { randomBytes } from 'node:crypto'
import { readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type ssh2 from 'ssh2'
import { describe, expect, onTestFinished, test } from 'vitest'
import { connectSsh, packet, uint32 } from '../../support/sftp/sftp-clients.js'
import { asWriter, client, folder, names, put, rawStatus, root, sha256, useSftpServer } from '../support/sftp-server.js'

useSftpServer()

describe('the writer', () => {
  test('the writer uploads, replaces by rename, lists and removes files', async () => {
    const sftp = await client(asWriter())
    await sftp.mkdir('/exports/acme/2026', true)
    await sftp.put(Buffer.from('old'), '/exports/acme/2026/user.csv')
    await sftp.put(Buffer.from('new'), '/exports/acme/2026/.user.csv.part')
    await sftp.rename('/exports/acme/2026/.user.csv.part', '/exports/acme/2026/user.csv')
    expect(await readFile(join(root, 'exports/acme/2026/user.csv'), 'utf8')).toBe('new')
    expect(await sftp.list('/exports/acme/2026')).toMatchObject([{ name: 'user.csv', type: '-', size: 3 }])
    await sftp.delete('/exports/acme/2026/user.csv')
    await sftp.rmdir('/exports/acme/2026')
    expect(await readdir(join(root, 'exports/acme'))).toEqual([])
  })

  test('a reader with an open file keeps the old bytes while the writer replaces the file', async () => {
    const sftp = await client(asWriter())
    await put('exports/f', 'old')
    const reader = await openHandle('/exports/f')
    await sftp.put(Buffer.from('new'), '/exports/.f.part')
    await sftp.rename('/exports/.f.part', '/exports/f')
    expect((await reader()).toString()).toBe('old')
    expect((await sftp.get('/exports/f')).toString()).toBe('new')
  })

  test('the writer moves 30 MB in both directions, byte for byte', async () => {
    const bytes = randomBytes(30 * 1024 * 1024 + 17)
    const sftp = await client(asWriter())
    await writeFile(join(folder, 'local'), bytes)
    await sftp.fastPut(join(folder, 'local'), '/fast')
    await sftp.put(bytes, '/plain')
    expect(sha256(await readFile(join(root, 'fast')))).toBe(sha256(bytes))
    expect(sha256(await readFile(join(root, 'plain')))).toBe(sha256(bytes))
    await sftp.fastGet('/fast', join(folder, 'back'))
    expect(sha256(await readFile(join(folder, 'back')))).toBe(sha256(bytes))
    expect(sha256((await sftp.get('/fast')) as Buffer)).toBe(sha256(bytes))
  })

  test('the embedded server follows the flags of OPEN', async () => {
    const sftp = await client(asWriter())
    await sftp.put(Buffer.from('one'), '/f')
    await sftp.append(Buffer.from(' two'), '/f')
    expect(await readFile(join(root, 'f'), 'utf8')).toBe('one two')
    const [writeOnly, exclusively] = [0x02, 0x02 | 0x08 | 0x20]
    expect(await rawStatus(asWriter(), packet(3, 1, '/f', exclusively, 0))).toBe(4)
    const write = packet(6, 2, uint32(1), 0, 0, 'XX')
    expect(await rawStatus(asWriter(), packet(3, 1, '/f', writeOnly, 0), write)).toBe(0)
    expect(await readFile(join(root, 'f'), 'utf8')).toBe('XXe two')
    await sftp.put(Buffer.from('x'), '/f')
    expect(await readFile(join(root, 'f'), 'utf8')).toBe('x')
  })

  test('the writer sets permissions, and no other bits of a mode', async () => {
    const sftp = await client(asWriter())
    await sftp.put(Buffer.from('x'), '/f')
    await sftp.chmod('/f', 0o6640)
    expect((await stat(join(root, 'f'))).mode & 0o7777).toBe(0o640)
  })

  test('the writer lists a folder of 1,000 files', async () => {
    const expected = Array.from({ length: 1000 }, (_, index) => `file-${String(index).padStart(4, '0')}`)
    await Promise.all(expected.map((name) => put(`many/${name}`, '')))
    expect(await names(await client(asWriter()), '/many')).toEqual(expected)
  })

  test('the writer can neither leave its folder nor remove it', async () => {
    await writeFile(join(folder, 'outside'), 'secret')
    await symlink(folder, join(root, 'exit'))
    await symlink(join(folder, 'outside'), join(root, 'leak'))
    const sftp = await client(asWriter())
    await expect(sftp.get('/../outside')).rejects.toThrow('No such file')
    await expect(sftp.get('/exit/outside')).rejects.toThrow('No such file')
    await expect(sftp.get('/leak')).rejects.toThrow('Failure')
    await expect(sftp.put(Buffer.from('x'), '/exit/planted')).rejects.toThrow('No such file')
    await expect(sftp.rmdir('/')).rejects.toThrow('Permission denied')
    await expect(sftp.rename('/', '/x')).rejects.toThrow('Permission denied')
    expect((await readdir(folder)).toSorted()).toEqual(['keys', 'outside', 'root'])
  })
})

describe("OpenSSH's extensions", () => {
  test('the embedded server renames and syncs for clients that use the extensions without an offer', async () => {
    await put('old', 'old')
    await put('new', 'new')
    expect(await rawStatus(asWriter(), packet(200, 1, 'posix-rename@openssh.com', '/new', '/old'))).toBe(0)
    expect(await readFile(join(root, 'old'), 'utf8')).toBe('new')
    const sync = packet(200, 2, 'fsync@openssh.com', uint32(1))
    expect(await rawStatus(asWriter(), packet(3, 1, '/old', 1, 0), sync)).toBe(0)
    expect(await rawStatus(asWriter(), packet(200, 1, 'statvfs@openssh.com', '/'))).toBe(8)
    expect(await rawStatus(asWriter(), packet(200, 1, 'posix-rename@openssh.com', Buffer.alloc(0)))).toBe(8)
  })
})

/** Opens a file for reading; the returned function reads it. */
async function openHandle(path: string): Promise<() => Promise<Buffer>> {
  const ssh = await connectSsh(asWriter())
  onTestFinished(() => void ssh.end())
  const sftp = await new Promise<ssh2.SFTPWrapper>((resolve, reject) =>
    ssh.sftp((error, opened) => (error ? reject(error) : resolve(opened))),
  )
  const handle = await new Promise<Buffer>((resolve, reject) =>
    sftp.open(path, 'r', (error, opened) => (error ? reject(error) : resolve(opened))),
  )
  const buffer = Buffer.alloc(1000)
  return () =>
    new Promise((resolve, reject) =>
      sftp.read(handle, buffer, 0, 1000, 0, (error, count) =>
        error ? reject(error) : resolve(buffer.subarray(0, count)),
      ),
    )
}
