import { chmod, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client, Connection } from '@temporalio/client'
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common'
import { expect, onTestFinished, test } from 'vitest'
import { readEnvironment } from '../../src/config/env.js'
import { recorder, startAndKillSupervisor, temporaryFolder } from './support/local-parts.js'
import { isFree } from '../../dev/machine/ports.js'
import { findTemporalCli } from '../../dev/temporal/cli.js'
import { startTemporal } from '../../dev/temporal/server.js'

// Where no CLI is at hand yet it is built, which takes minutes.
const timeout = 900_000
const namespace = 'tidemark'
const searchAttributes = { TenantId: 'Keyword', ExportRows: 'Int' } as const

async function start(folder: string, options: Partial<Parameters<typeof startTemporal>[0]> = {}) {
  const { lines, report } = recorder()
  const cliPath = await findTemporalCli({ environment: readEnvironment(), report })
  const server = await startTemporal({ cliPath, folder, namespace, searchAttributes, report, ...options })
  onTestFinished(() => server.stop())
  return { ...server, lines }
}

async function connect(address: string): Promise<Client> {
  const connection = await Connection.connect({ address })
  onTestFinished(() => connection.close())
  return new Client({ connection, namespace })
}

const exportMode = defineSearchAttributeKey('ExportMode', SearchAttributeType.KEYWORD)
const tenantId = defineSearchAttributeKey('TenantId', SearchAttributeType.KEYWORD)

async function createSchedule(address: string): Promise<void> {
  await (
    await connect(address)
  ).schedule.create({
    scheduleId: 'export-acme',
    spec: { calendars: [{ hour: 0 }] },
    action: { type: 'startWorkflow', workflowType: 'exportRun', taskQueue: 'none', args: [] },
    typedSearchAttributes: [{ key: tenantId, value: 'acme' }],
  })
}

async function scheduleWorkflowType(address: string): Promise<string> {
  const { action } = await (await connect(address)).schedule.getHandle('export-acme').describe()
  return action.workflowType
}

test('a second start of Temporal continues with its data, on the same ports', { timeout }, async () => {
  const folder = await temporaryFolder()
  const first = await start(folder)
  await createSchedule(first.address)
  expect((await fetch(first.uiUrl)).status).toBe(200)
  const stopping = Date.now()
  await first.stop()
  expect(Date.now() - stopping).toBeLessThan(10_000)
  for (const address of [first.address, new URL(first.uiUrl).host]) {
    expect(address).toMatch(/^127\.0\.0\.1:/)
    expect(await isFree(Number(address.split(':')[1]))).toBe(true)
  }

  const second = await start(folder)
  expect([second.address, second.uiUrl]).toEqual([first.address, first.uiUrl])
  expect(await scheduleWorkflowType(second.address)).toBe('exportRun')
  expect((await stat(join(folder, 'temporal.db'))).mode & 0o077).toBe(0)
})

test('search attributes exist at once, and a later start adds missing ones', { timeout }, async () => {
  const folder = await temporaryFolder()
  await (await start(folder)).stop()
  const { address } = await start(folder, { searchAttributes: { ...searchAttributes, ExportMode: 'Keyword' } })
  const client = await connect(address)
  await client.workflow.start('exportRun', {
    workflowId: 'export-acme',
    taskQueue: 'none',
    typedSearchAttributes: [
      { key: tenantId, value: 'acme' },
      { key: exportMode, value: 'full' },
    ],
  })
  await expect
    .poll(() => client.workflow.count(`TenantId = 'acme' AND ExportMode = 'full'`), { timeout: 20_000 })
    .toMatchObject({ count: 1 })
})

test(
  'after kill -9 of the supervisor the next start ends the old Temporal server and continues',
  { timeout },
  async () => {
    const folder = await temporaryFolder()
    const { lines, report } = recorder()
    await findTemporalCli({ environment: readEnvironment(), report })
    const before = await startAndKillSupervisor<{ address: string }>('temporal', folder)
    // It goes on without its supervisor; what it takes in now must not be lost either.
    await createSchedule(before.address)
    const server = await start(folder)
    expect([...lines, ...server.lines].join('\n')).toMatch(/Ended the Temporal server \(process \d+\)/)
    expect(server.address).toBe(before.address)
    expect(await scheduleWorkflowType(server.address)).toBe('exportRun')
  },
)

test('two Temporal servers run side by side', { timeout }, async () => {
  const folders = [await temporaryFolder(), await temporaryFolder()]
  const servers = await Promise.all(folders.map((folder) => start(folder)))
  expect(new Set(servers.flatMap(({ address, uiUrl }) => [address, new URL(uiUrl).host])).size).toBe(4)
  await createSchedule(servers[0]?.address ?? '')
  await expect(scheduleWorkflowType(servers[1]?.address ?? '')).rejects.toThrow(/not found/i)
})

test('a Temporal server that ends unexpectedly is reported with its last output', { timeout }, async () => {
  const folder = await temporaryFolder()
  const cliPath = join(folder, 'temporal')
  await writeFile(cliPath, '#!/bin/sh\necho "unable to open database file" >&2\nexit 3\n')
  await chmod(cliPath, 0o755)
  const starting = start(folder, { cliPath })
  await expect(starting).rejects.toThrow(/exit code 3[^]*unable to open database file/)
  expect(await readFile(join(folder, 'temporal.log'), 'utf8')).toContain('unable to open database file')
})
