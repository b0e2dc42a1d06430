import { expect, test } from 'vitest'
import { answerCounter } from '../../bench/small/answers.js'
import { speedup } from '../../bench/small/contest.js'
import type { Night } from '../../bench/small/night.js'
import { parsePeak, parseStat } from '../../bench/small/processes.js'
import { byModule } from '../../bench/small/profile.js'
import { imageEnvironment, workerCommand } from '../../bench/small/tree.js'
import { exportsIn } from '../../bench/small/waits.js'

function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5)
  head.write(type)
  head.writeUInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}

test('answers of Postgres are counted however the network cuts the messages', () => {
  // The body of the row looks like another answer.
  const bytes = Buffer.concat([
    message('D', Buffer.from('Z\0\0\0\x05I'.repeat(10))),
    message('C', Buffer.from('SELECT 1\0')),
    message('Z', Buffer.from('I')),
    message('Z', Buffer.from('T')),
  ])
  for (let size = 1; size <= bytes.length; size++) {
    let answers = 0
    const count = answerCounter(() => (answers += 1))
    for (let at = 0; at < bytes.length; at += size) count(bytes.subarray(at, at + size))
    expect(answers, `${size} bytes at a time`).toBe(2)
  }
})

test('CPU time of a process is read beside a name with blanks and parentheses', () => {
  const stat = '42 (sshd: a (b) c) S 1 42 42 0 -1 4194560 1 2 3 4 150 50 20 5 20 0 1 0 100 1000 10'
  expect(parseStat(stat)).toEqual({ name: 'sshd: a (b) c', ownSeconds: 2, endedSeconds: 0.25 })
})

test('the peak of the resident memory is read in bytes', () => {
  expect(parsePeak('Name:\tnode\nVmPeak:\t  900 kB\nVmHWM:\t    350 kB\nVmRSS:\t    300 kB\n')).toBe(350 * 1024)
})

test("the worker's command is what docker-compose.yml starts Node with", () => {
  const compose =
    "  api:\n    command: ['node', 'api.js']\n  worker:\n    command: ['node', '--flag=1', 'dist/worker.js']\n"
  expect(workerCommand(compose)).toEqual(['--flag=1', 'dist/worker.js'])
})

test('the worker has the environment of the image', () => {
  const dockerfile = 'ENV BUILD=1\nFROM node\nENV NODE_ENV=production MALLOC_ARENA_MAX=2\nWORKDIR /app\n'
  expect(imageEnvironment(dockerfile)).toEqual({ NODE_ENV: 'production', MALLOC_ARENA_MAX: '2' })
})

test('a profile is summed by the code that was running, within a span and without idle time', () => {
  const frame = (id: number, functionName: string, url: string) => ({ id, callFrame: { functionName, url } })
  const nodes = [
    frame(1, '(idle)', ''),
    frame(2, 'writev', ''),
    frame(3, 'run', 'file:///x/node_modules/@prisma/client/runtime/client.js'),
    frame(4, 'insert', 'file:///x/dist/src/database/publication/claims.js'),
    frame(5, 'query', 'file:///x/dist/src/generated/prisma/client.js'),
  ]
  const profile = { nodes, samples: [1, 2, 3, 4, 5], timeDeltas: [1e6, 2e6, 3e6, 4e6, 5e6], startTime: 7e6 }
  const all = byModule(profile, { from: 0, to: Infinity })
  expect(Object.fromEntries(all)).toEqual({ 'writing to sockets': 2, Prisma: 8, 'Tidemark: database': 4 })
  // The third sample is 6 seconds after the start, the fourth 10.
  expect(Object.fromEntries(byModule(profile, { from: 12e6, to: 13e6 }))).toEqual({ Prisma: 3 })
})

test('the speed against before is the median of nights that both have', () => {
  const nights = (seconds: number[]) => seconds.map((each) => ({ files: 100, seconds: each }) as Night)
  expect(speedup({ before: nights([30, 30, 30]), now: nights([15, 10, 3]) })).toBe(3)
  expect(speedup({ before: nights([30]), now: nights([10, 1, 1]) })).toBe(3)
  expect(speedup({ before: nights([30, 30]), now: nights([15, 10, 1]) })).toBe(2.5)
  expect(speedup({ before: [], now: nights([10]) })).toBeUndefined()
})

test('the time of exports is that of their activities from start to end', () => {
  const scheduled = (eventId: number, name: string) => ({
    eventId,
    activityTaskScheduledEventAttributes: { activityType: { name } },
  })
  const started = (eventId: number, scheduledEventId: number, seconds: number) => ({
    eventId,
    eventTime: { seconds },
    activityTaskStartedEventAttributes: { scheduledEventId },
  })
  const completed = (eventId: number, startedEventId: number, seconds: number) => ({
    eventId,
    eventTime: { seconds, nanos: 5e8 },
    activityTaskCompletedEventAttributes: { startedEventId },
  })
  const events = [
    scheduled(1, 'planRun'),
    started(2, 1, 10),
    completed(3, 2, 20),
    scheduled(4, 'exportEntity'),
    started(5, 4, 30),
    completed(6, 5, 32),
  ]
  expect(exportsIn(events)).toEqual({ activities: 1, seconds: 2.5 })
})
