import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { csvContent } from '../../src/csv/csv-content.js'
import { csvFile } from '../../src/csv/csv-file.js'
import { createSftpTarget } from '../../src/sftp/sftp.js'
import { allWindowsBytes } from '../../src/sftp/write-limits.js'
import { yieldsBetween } from '../../src/source/read-pacer.js'
import { createSource } from '../../src/source/source.js'
import { describeWithOpenSsh } from '../support/sftp/describe-openssh.js'
import { startOpenSsh, targetOptions } from '../support/sftp/openssh.js'
import { createMigratedDatabase, type TestDatabase } from '../support/postgres/postgres.js'
import { startTcpProxy } from '../support/tcp-proxy.js'
import { allOfWide, makeWideTable, wide } from '../support/postgres/wide-table.js'

const megabyte = 1e6
/** 132 MB: more than all sockets on the way hold, where the kernel lets one grow to 32 MB. */
const rowCount = 400_000
const never = new AbortController().signal

let database: TestDatabase
let client: pg.Client

beforeAll(async () => {
  database = await createMigratedDatabase()
  client = new pg.Client({ connectionString: database.url })
  await client.connect()
  await makeWideTable(client, rowCount)
})

afterAll(async () => {
  await client?.end()
  await database?.[Symbol.asyncDispose]()
})

/** Whether the server process that reads waits until somebody takes what it has sent. */
async function isHeldUp(): Promise<boolean> {
  const { rowCount: found } = await client.query(
    `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'ClientWrite'`,
  )
  return found === 1
}

test('parallel reads yield to the event loop between blocks, and no block is large', async () => {
  await using source = createSource({ url: database.url, poolSize: 3 })
  let round = 0
  let counting = setImmediate(function count() {
    round += 1
    counting = setImmediate(count)
  })
  const rounds: number[] = []
  let reading = 0
  let largest = 0
  let begin = () => {}
  const allAreThere = new Promise<void>((resolve) => (begin = resolve))
  const read = () =>
    source.read(allOfWide, never, async ({ blocks }) => {
      let isFirst = true
      if (++reading === 3) begin()
      await allAreThere
      for await (const { messages } of blocks) {
        // The first one need not wait: a small file has no other. Nor does the last read, when it is alone.
        if (!isFirst && reading === 3) {
          rounds.push(round)
          largest = Math.max(largest, messages.length)
        }
        isFirst = false
      }
      reading -= 1
    })
  await Promise.all([read(), read(), read()])
  clearImmediate(counting)
  expect(rounds.length).toBeGreaterThan(100)
  const between = rounds.slice(1).map((later, index) => later - (rounds[index] ?? 0))
  expect(Math.min(...between)).toBeGreaterThanOrEqual(yieldsBetween - 1)
  expect(largest).toBeLessThan(megabyte / 2)
})

await describeWithOpenSsh('a slow SFTP server', () => {
  test('a slow SFTP server slows the read down, and memory holds at most the SFTP windows', async () => {
    const server = await startOpenSsh()
    const line = await startTcpProxy(server)
    line.throttle(24 * megabyte)
    await using sftp = createSftpTarget({ ...targetOptions(server), port: line.port })
    await using source = createSource({ url: database.url, poolSize: 1 })
    let most = 0
    let heldUp = false
    let looking = Promise.resolve()
    const rows = await sftp.session(never, (files) =>
      source.read(allOfWide, never, async ({ blocks }) => {
        const csv = csvFile(csvContent(wide.columns, blocks, { lineEnd: '\n' }))
        await files.upload('/wide.csv', csv.chunks, (acknowledged) => {
          most = Math.max(most, csv.totals().bytes - acknowledged)
          // The sender continues for a moment after each block, so the test looks repeatedly.
          if (acknowledged > 30 * megabyte) looking = looking.then(async () => void (heldUp ||= await isHeldUp()))
        })
        return csv.totals().rows
      }),
    )
    expect(rows).toBe(rowCount)
    // All windows together, and a chunk.
    expect(most).toBeLessThanOrEqual(allWindowsBytes + 261_120)
    await looking
    expect(heldUp).toBe(true)
    await line.stop()
    await server.stop()
  })
})
