import { readdir, readFile, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { packet, uint32 } from '../../support/sftp/sftp-clients.js'
import { asAcme, client, names, put, rawStatus, root, useSftpServer } from '../support/sftp-server.js'

useSftpServer()

describe('a tenant', () => {
  beforeEach(async () => {
    await put('exports/acme/2026/11/23/user/user.csv', 'a,b\n1,2\n')
    await put('exports/acme/2026/11/23/user/.user.csv.part', 'a,b\n1')
    await put('exports/globex/2026/11/23/user/user.csv', 'not yours')
    await put('other.txt', 'not yours')
  })

  test('a tenant sees its own exports and nothing else', async () => {
    const sftp = await client(asAcme())
    expect(await names(sftp, '/')).toEqual(['exports'])
    expect(await names(sftp, '/exports')).toEqual(['acme'])
    expect(await names(sftp, '/exports/acme/2026/11/23/user')).toEqual(['user.csv'])
    expect((await sftp.get('/exports/acme/2026/11/23/user/user.csv')).toString()).toBe('a,b\n1,2\n')
    expect(await sftp.realPath('.')).toBe('/')
    expect(await sftp.realPath('/exports/acme/../../..')).toBe('/')
    expect(await sftp.stat('/exports')).toMatchObject({ isDirectory: true })
  })

  test.each([
    '/other.txt',
    '/exports/globex/2026/11/23/user/user.csv',
    '/exports/acme/../globex/2026/11/23/user/user.csv',
    '/../../../../../../etc/passwd',
    '/exports/acme/2026/11/23/user/.user.csv.part',
  ])('a tenant does not find %s', async (path) => {
    const sftp = await client(asAcme())
    await expect(sftp.get(path)).rejects.toThrow('No such file')
    await expect(sftp.stat(path)).rejects.toThrow('No such file')
    await expect(sftp.list(path)).rejects.toThrow('No such file')
  })

  test('a tenant cannot change anything', async () => {
    const sftp = await client(asAcme())
    const own = '/exports/acme/2026/11/23/user/user.csv'
    const attempts: Record<string, () => Promise<unknown>> = {
      put: () => sftp.put(Buffer.from('x'), '/exports/acme/new.csv'),
      overwrite: () => sftp.put(Buffer.from('x'), own),
      append: () => sftp.append(Buffer.from('x'), own),
      delete: () => sftp.delete(own),
      rename: () => sftp.rename(own, '/exports/acme/mine.csv'),
      mkdir: () => sftp.mkdir('/exports/acme/folder'),
      rmdir: () => sftp.rmdir('/exports/acme/2026/11/23/user'),
      chmod: () => sftp.chmod(own, 0o777),
    }
    for (const [what, attempt] of Object.entries(attempts)) {
      await expect(attempt(), what).rejects.toThrow('Permission denied')
    }
    const requests = {
      'open to read and write': packet(3, 1, own, 0x03, 0),
      'open to truncate': packet(3, 1, own, 0x01 | 0x10, 0),
      symlink: packet(20, 1, '/exports/globex', '/exports/acme/link'),
      'posix-rename': packet(200, 1, 'posix-rename@openssh.com', own, '/exports/acme/mine.csv'),
    }
    for (const [what, request] of Object.entries(requests)) expect(await rawStatus(asAcme(), request), what).toBe(3)
    expect(await readFile(join(root, own), 'utf8')).toBe('a,b\n1,2\n')
    expect(await readdir(join(root, 'exports/acme'))).toEqual(['2026'])
  })

  test('a tenant cannot write through a handle that it opened for reading', async () => {
    const open = packet(3, 1, '/exports/acme/2026/11/23/user/user.csv', 1, 0)
    const write = packet(6, 2, uint32(1), 0, 0, 'x')
    const setSize = packet(10, 3, uint32(1), 1, 0, 0)
    expect(await rawStatus(asAcme(), open, write)).toBe(3)
    expect(await rawStatus(asAcme(), open, setSize)).toBe(3)
  })

  test('symbolic links on the disk do not lead a tenant out of its folder', async () => {
    const [own, foreign] = [join(root, 'exports/acme'), join(root, 'exports/globex')]
    await symlink(foreign, join(own, 'folder'))
    await symlink(join(foreign, '2026/11/23/user/user.csv'), join(own, 'file.csv'))
    await symlink('/etc/passwd', join(own, 'passwd'))
    const sftp = await client(asAcme())
    expect(await names(sftp, '/exports/acme')).toEqual(['2026'])
    for (const path of ['folder', 'folder/2026', 'folder/2026/11/23/user/user.csv', 'file.csv', 'passwd']) {
      await expect(sftp.get(`/exports/acme/${path}`), path).rejects.toThrow('No such file')
      await expect(sftp.stat(`/exports/acme/${path}`), path).rejects.toThrow('No such file')
      await expect(sftp.list(`/exports/acme/${path}`), path).rejects.toThrow('No such file')
    }
  })

  test("a link in place of a tenant's folder does not lead into the folder of another tenant", async () => {
    await rm(join(root, 'exports/acme'), { recursive: true })
    await symlink(join(root, 'exports/globex'), join(root, 'exports/acme'))
    const sftp = await client(asAcme())
    await expect(sftp.list('/exports/acme')).rejects.toThrow('No such file')
    await expect(sftp.get('/exports/acme/2026/11/23/user/user.csv')).rejects.toThrow('No such file')
  })

  test.each(['exports/acme', 'exports'])('a tenant sees an empty folder if %s does not exist yet', async (missing) => {
    await rm(join(root, missing), { recursive: true })
    const sftp = await client(asAcme())
    expect(await names(sftp, '/exports')).toEqual(['acme'])
    expect(await names(sftp, '/exports/acme')).toEqual([])
    expect(await sftp.exists('/exports/acme')).toBe('d')
    await expect(sftp.list('/exports/acme/2026')).rejects.toThrow('No such file')
  })
})
