import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { cacheExchange, Client, fetchExchange } from '@urql/core'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type FollowedRun, RunFollower } from '../../../console/src/pages/run/run-follower'
import { eventually } from '../../support/eventually'

const intervals = { pollMs: 20, silenceMs: 40, reconnectMs: 20 }

let server: Server
let client: Client
let run: { readonly id: string; readonly status: string } | null
let isAway: boolean
let refusesStreams: boolean
let streams: ServerResponse[]
let reads: number
let known: FollowedRun[]
let follower: RunFollower

beforeEach(async () => {
  ;[run, isAway, refusesStreams, streams, reads, known] = [{ id: 'a', status: 'RUNNING' }, false, false, [], 0, []]
  server = createServer((request, response) => {
    const isStream = request.headers.accept?.startsWith('text/event-stream')
    if (isAway || (isStream && refusesStreams)) return void response.destroy()
    if (!isStream) {
      reads += 1
      response.setHeader('content-type', 'application/json')
      return void response.end(JSON.stringify({ data: { exportRun: run } }))
    }
    response.setHeader('content-type', 'text/event-stream')
    streams.push(response)
    push()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  client = new Client({
    url,
    preferGetMethod: false,
    fetchSubscriptions: true,
    exchanges: [cacheExchange, fetchExchange],
  })
  follower = new RunFollower(client, 'a', (followed) => known.push(followed), intervals)
  follower.start()
})
afterEach(() => {
  follower.stop()
  server.closeAllConnections()
  server.close()
})

/** Sends the run to everybody who follows it. */
function push(): void {
  for (const stream of streams)
    stream.write(`event: next\ndata: ${JSON.stringify({ data: { exportRunUpdated: run } })}\n\n`)
}

function endStreams(): void {
  for (const stream of streams.splice(0)) stream.end('event: complete\ndata:\n\n')
}

/** What a follower knows after it has read the run more often than an ended one would wait. */
async function readSeveralTimes(): Promise<readonly FollowedRun[]> {
  refusesStreams = true
  const found: FollowedRun[] = []
  const other = new RunFollower(client, 'a', (followed) => found.push(followed), intervals)
  other.start()
  const before = reads
  await eventually('the run is read several times', () => reads >= before + 5)
  other.stop()
  return found
}

const latest = () => known.at(-1)
const untilLive = () => eventually('the run is live', () => latest()?.isLive)

test('a run is followed live until it ends, and then not read any more', async () => {
  await untilLive()
  run = { id: 'a', status: 'SUCCEEDED' }
  push()
  endStreams()
  await eventually('the run has succeeded', () => latest()?.run?.status === 'SUCCEEDED')
  await eventually('the run is not live', () => latest()?.isLive === false)
  expect(latest()?.error).toBeUndefined()
  const count = known.length
  run = { id: 'a', status: 'RUNNING' }
  const others = await readSeveralTimes()
  expect(others.at(-1)?.run?.status).toBe('RUNNING')
  expect(known).toHaveLength(count)
})

test('a stream that breaks is replaced by reading, and reading by the next stream', async () => {
  await untilLive()
  refusesStreams = true
  for (const stream of streams.splice(0)) stream.destroy()
  await eventually('the run is not live', () => latest()?.isLive === false)
  run = { id: 'a', status: 'QUEUED' }
  await eventually('the change is read', () => latest()?.run?.status === 'QUEUED')
  expect(latest()).toMatchObject({ isLive: false, error: undefined })
  refusesStreams = false
  await untilLive()
})

test('while nothing answers, the last state stays with its time, and an error', async () => {
  await untilLive()
  isAway = true
  for (const stream of streams.splice(0)) stream.destroy()
  await eventually('a read has failed', () => latest()?.error)
  expect(latest()).toMatchObject({ isLive: false, run: { status: 'RUNNING' } })
  const at = latest()?.at
  const count = known.length
  await eventually('another read has failed', () => known.length > count)
  expect(latest()?.at).toBe(at)
  isAway = false
  await untilLive()
  expect(latest()?.error).toBeUndefined()
})

test('a silent stream is checked by reading', async () => {
  await untilLive()
  const before = reads
  await eventually('the run is read again', () => reads > before)
  expect(latest()?.isLive).toBe(true)
})

test('a run that does not exist is not followed', async () => {
  follower.stop()
  run = null
  const found: FollowedRun[] = []
  new RunFollower(client, 'b', (followed) => found.push(followed), intervals).start()
  await eventually('there is an answer', () => found.length > 0)
  expect(found).toMatchObject([{ run: null }])
})
