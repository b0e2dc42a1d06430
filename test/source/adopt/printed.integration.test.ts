import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { printAdoption } from '../../../src/source/adopt/adopter.js'
import { commandAvailable } from '../../support/programs/command-available.js'
import { startProgram } from '../../support/programs/program.js'
import { admin, adopter, database, entityOf, reader, requestFor, source, useShop } from './support/adopted.js'
import { shopTables } from './support/shop.js'

const hasPsql = await commandAvailable('psql', 'the printed SQL of `source adopt`')

useShop()

async function psql(script: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-adopt-'))
  try {
    await writeFile(join(folder, 'adopt.sql'), script)
    await promisify(execFile)('psql', ['--no-psqlrc', '--quiet', database.url, '--file', join(folder, 'adopt.sql')])
  } finally {
    await rm(folder, { recursive: true })
  }
}

describe.runIf(hasPsql)('the printed SQL', () => {
  test.each(shopTables)('the SQL that is printed for $name makes the table exportable with psql', async (table) => {
    const { name } = table
    const key = 'key' in table ? table.key : undefined
    const more = { tombstones: true, ...(key && { key }), ...('tenantId' in table && { tenantId: 'acme' }) }
    const request = requestFor(name, more)
    await psql(printAdoption(await adopter.plan(request), 2))
    expect(printAdoption(await adopter.plan(request), 2)).toBe('')
    expect(await source.check(await entityOf(name, key), { countRows: true })).toEqual([])
  })
})

test('a line break in the name of a table ends no comment of the printed SQL', async () => {
  await admin.query(`CREATE TABLE shop."a\nDROP" (id int PRIMARY KEY, store text NOT NULL)`)
  const script = printAdoption(await adopter.plan(requestFor('a\nDROP')), 2)
  expect(script).toContain('-- Add updated_at, change_xid, is_deleted, the trigger to shop."a DROP".')
})

test('the command prints only SQL, then applies it, then prints nothing', async () => {
  await admin.query('CREATE TABLE shop.by_command (id int PRIMARY KEY, store text NOT NULL)')
  const url = new URL(database.url)
  url.username = reader
  const environment = { SOURCE_OWNER_URL: database.url, SOURCE_DATABASE_URL: url.href }
  const words = ['source', 'adopt', 'shop.by_command', '--tenant', 'store']
  const run = async (...more: string[]): Promise<[number | null, string, string]> => {
    const command = startProgram('cli', [...words, ...more], environment)
    return [await command.exitCode(), command.result(), command.output()]
  }
  const [code, printed] = await run()
  expect([code, printed]).toEqual([0, expect.stringContaining('ALTER TABLE shop.by_command ADD COLUMN "updated_at"')])
  const [applied, nothing, progress] = await run('--apply')
  expect([applied, nothing]).toEqual([0, ''])
  expect(progress).toContain('Step 1 of 4: add updated_at, change_xid, is_deleted, the trigger to shop.by_command')
  expect(progress).toContain('shop.by_command is ready. Steps taken: 4.')
  expect(await run()).toEqual([0, '', expect.stringContaining('shop.by_command lacks nothing.')])
  const [refused, , why] = await run('--key', 'nickname')
  expect(refused).toBe(3)
  expect(why).toContain('shop.by_command cannot be adopted: it has no column nickname. Correct --key.')
})

test('a login that does not own the table changes nothing, and learns which setting names the owner', async () => {
  await admin.query(
    `CREATE TABLE shop.owned (id int PRIMARY KEY, store text NOT NULL); GRANT USAGE ON SCHEMA shop TO ${reader}`,
  )
  const url = new URL(database.url)
  url.username = reader
  url.password = 'test'
  const words = ['source', 'adopt', 'shop.owned', '--tenant', 'store', '--apply']
  const command = startProgram('cli', words, { SOURCE_DATABASE_URL: url.href })
  expect(await command.exitCode()).toBe(3)
  expect(command.output()).toContain('Set SOURCE_OWNER_URL to the URL for the owner of the table.')
})
