import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { commandAvailable } from '../../support/programs/command-available.js'
import { makeKey } from '../../support/sftp/ssh-keys.js'
import { sftpBatch, type Login } from '../../support/sftp/sftp-clients.js'
import { asAcme, asWriter, at, folder, put, root, sha256, tenantKeys, useSftpServer } from '../support/sftp-server.js'

const run = promisify(execFile)

useSftpServer()

const sftpCommand = await commandAvailable('sftp', "tests with OpenSSH's client")

describe.runIf(sftpCommand)("OpenSSH's sftp command", () => {
  const batch = async (login: Login, ...commands: string[]) => {
    const { stdout } = await run('ssh-keygen', ['-y', '-f', join(folder, 'keys', 'host_key')])
    return sftpBatch(login, stdout.trim(), commands)
  }

  test('the command sftp uploads, replaces, lists and removes files as the writer', async () => {
    const bytes = randomBytes(3 * 1024 * 1024 + 5)
    await writeFile(join(folder, 'local'), bytes)
    const result = await batch(
      asWriter(),
      'mkdir /exports',
      'mkdir /exports/acme',
      `put ${join(folder, 'local')} /exports/acme/.big.part`,
      `put ${join(folder, 'local')} /exports/acme/big`,
      'rename /exports/acme/.big.part /exports/acme/big',
      'chmod 600 /exports/acme/big',
      'ls -la /exports/acme',
    )
    expect(result).toMatchObject({ code: 0 })
    expect(result.stdout).toMatch(new RegExp(`^-rw------- .* ${bytes.length} .* big$`, 'm'))
    expect(sha256(await readFile(join(root, 'exports/acme/big')))).toBe(sha256(bytes))
    expect(await readdir(join(root, 'exports/acme'))).toEqual(['big'])
    expect(await batch(asWriter(), 'rm /exports/acme/big', 'rmdir /exports/acme')).toMatchObject({ code: 0 })
    expect(await readdir(join(root, 'exports'))).toEqual([])
  })

  test('the command sftp fetches all files of a tenant with its password, and no others', async () => {
    const bytes = randomBytes(1024 * 1024 + 1)
    await put('exports/acme/2026/11/23/user/user.csv', bytes)
    await put('exports/acme/2026/11/23/user/.user.csv.part', 'half')
    await put('exports/globex/x.csv', 'not yours')
    await mkdir(join(folder, 'got'))
    const result = await batch(
      asAcme(),
      'cd exports',
      'ls -l acme/2026/11/23/user',
      `get -r acme ${join(folder, 'got')}`,
    )
    expect(result).toMatchObject({ code: 0 })
    expect(result.stdout).toMatch(/^-r--r--r-- .* 1048577 .* user\.csv$/m)
    const got = await readdir(join(folder, 'got'), { recursive: true, withFileTypes: true })
    expect(got.filter((each) => each.isFile()).map((each) => each.name)).toEqual(['user.csv'])
    const file = join(folder, 'got', 'acme/2026/11/23/user/user.csv')
    expect(sha256(await readFile(file))).toBe(sha256(bytes))
  })

  test.each([
    ['RSA', makeKey('-t', 'rsa', '-b', '3072')],
    ['ECDSA, 521 bits', makeKey('-t', 'ecdsa', '-b', '521')],
  ])("the command sftp logs in with a tenant's own key until that is removed: %s", async (_type, key) => {
    await put('exports/acme/user.csv', 'x')
    tenantKeys.set('acme', [key.canonical])
    const asOwn = at({ username: 'acme', privateKey: key.privateKey })
    expect(await batch(asOwn, 'ls /exports/acme')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('user.csv'),
    })
    tenantKeys.delete('acme')
    expect((await batch(asOwn, 'ls /exports/acme')).stderr).toContain('Permission denied')
  })

  test.each([
    'put /etc/hostname /exports/acme/x',
    'rm /exports/acme/user.csv',
    'rename /exports/acme/user.csv /exports/acme/y',
    'mkdir /exports/acme/z',
    'chmod 777 /exports/acme/user.csv',
    'ln -s /exports/globex /exports/acme/l',
  ])('the command sftp cannot change anything as a tenant: %s', async (command) => {
    await put('exports/acme/user.csv', 'x')
    const result = await batch(asAcme(), command)
    expect(result.code).toBe(1)
    expect(result.stderr).toMatch(/permission denied/i)
    expect(await readdir(join(root, 'exports/acme'))).toEqual(['user.csv'])
  })
})
