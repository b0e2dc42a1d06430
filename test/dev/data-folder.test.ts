import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryFolder } from './support/local-parts.js'
import { makePrivateFile, makePrivateFolder } from '../../dev/machine/private-files.js'
import { FolderInUseError, openDataFolder } from '../../dev/stack/data-folder.js'
import { tryLock } from '../../dev/machine/pid-lock.js'

async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' })
  await once(child, 'exit')
  return child.pid as number
}

test('a second stack is refused, and the error names the process that holds the folder', async () => {
  const path = join(await temporaryFolder(), 'data')
  const folder = await openDataFolder(path)
  await expect(openDataFolder(path)).rejects.toThrow(FolderInUseError)
  await expect(openDataFolder(path)).rejects.toThrow(`process ${process.pid}`)
  await folder.close()
  await using again = await openDataFolder(path)
  expect(again.path).toBe(folder.path)
})

test('no other user can read the data folder, whatever its mode was before', async () => {
  const path = join(await temporaryFolder(), 'data')
  await mkdir(path, { mode: 0o755 })
  await writeFile(join(path, 'log'), '', { mode: 0o644 })
  await using folder = await openDataFolder(path)
  await folder.port('api')
  const [below, log, port] = [join(path, 'below'), join(path, 'log'), join(path, 'api.port')]
  await makePrivateFolder(below)
  await makePrivateFile(log)
  const modes = await Promise.all([path, below, log, port].map(async (each) => (await stat(each)).mode & 0o777))
  expect(modes).toEqual([0o700, 0o700, 0o600, 0o600])
})

test('a stack uses the same ports at its next start', async () => {
  const path = join(await temporaryFolder(), 'data')
  const first = await openDataFolder(path)
  const ports = [await first.port('api'), await first.port('sftp')]
  await first.close()
  await using second = await openDataFolder(path)
  expect([await second.port('api'), await second.port('sftp')]).toEqual(ports)
  expect(ports[0]).not.toBe(ports[1])
})

test.each([
  ['of a process that died', async () => JSON.stringify({ pid: await deadPid(), startStamp: 'then' })],
  ['whose process id another process has now', async () => JSON.stringify({ pid: process.ppid, startStamp: 'then' })],
  ['that is nonsense', async () => 'nonsense'],
])('one of many processes takes over a lock %s', { timeout: 60_000 }, async (_, content) => {
  const folder = await temporaryFolder()
  const dead = await content()
  // Many rounds, as a way for two to get it would be a narrow one.
  for (let round = 0; round < 10; round++) {
    const file = join(folder, `lock-${round}`)
    await writeFile(file, dead)
    const locks = await Promise.all(Array.from({ length: 20 }, () => tryLock(file)))
    expect(locks.filter((lock) => lock.kind === 'taken')).toHaveLength(1)
    expect(locks.filter((lock) => lock.kind === 'held' && lock.pid === process.pid)).toHaveLength(19)
  }
  expect(await readdir(folder)).toHaveLength(10)
})

test('a server gets another port if its port is taken, except a port that the user chose', async () => {
  await using folder = await openDataFolder(join(await temporaryFolder(), 'data'))
  const faster = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void faster.close())
  await once(faster, 'listening')
  const { port: taken } = faster.address() as AddressInfo
  const tried: number[] = []
  const start = async (port: number): Promise<number> => {
    tried.push(port)
    const server = createServer().listen(tried.length === 1 ? taken : port, '127.0.0.1')
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    return port
  }
  expect(await folder.listen('part', {}, start)).toBe(tried[1])
  expect(tried).toHaveLength(2)
  await expect(folder.listen('part', { wanted: taken }, start)).rejects.toThrow(`${taken}`)
})
