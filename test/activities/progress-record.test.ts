import { expect, test } from 'vitest'
import { progressRecord } from '../../activities/progress-record.js'
import type { Progress } from '../../activities/progress-meter.js'
import type { ReportedProgress } from '../../src/database/run-progress.js'
import type { RunStore } from '../../src/database/run-store.js'
import type { Claim } from '../../src/domain/publication.js'
import type { Events } from '../../src/telemetry/events.js'
import { eventually } from '../support/eventually.js'

const claim = { id: 'claim', runId: 'run', tenantId: 'acme', entity: 'user' } as Claim

function progress(rows: number): Progress {
  const changedAt = '2026-11-23T00:00:00.000Z'
  return { entity: 'user', step: 'upload', rows, bytes: rows * 8, rowsPerSecond: 1, bytesPerSecond: 8, changedAt }
}

/** A store of which the test decides each answer. */
function scripted() {
  const written: ReportedProgress[] = []
  const failures: string[] = []
  let answer: (isClaimed: boolean | Error) => void = () => undefined
  const runs = {
    recordProgress: (_claim, reported) => {
      written.push(reported)
      return new Promise<boolean>((resolve, reject) => {
        answer = (outcome) => (outcome instanceof Error ? reject(outcome) : resolve(outcome))
      })
    },
  } satisfies Pick<RunStore, 'recordProgress'>
  const events = { progressNotRecorded: (_of: unknown, { code }: { code: string }) => void failures.push(code) }
  const record = progressRecord({ runs: runs as unknown as RunStore, events: events as unknown as Events })
  const settled = async (outcome: boolean | Error): Promise<void> => {
    answer(outcome)
    await new Promise(setImmediate)
  }
  return { record, written, failures, answer: settled, rows: () => written.map(({ rows }) => Number(rows)) }
}

test('nothing is written before the claim', () => {
  const { record, written } = scripted()
  record.write(progress(1))
  expect(written).toEqual([])
})

test('one write at a time: progress during a slow write is left to the next one', async () => {
  const { record, rows, answer } = scripted()
  record.begin(claim)
  for (const each of [1, 2, 3]) record.write(progress(each))
  expect(rows()).toEqual([1])
  await answer(true)
  record.write(progress(4))
  expect(rows()).toEqual([1, 4])
})

test('progress that is on record is not written again', async () => {
  const { record, rows, answer } = scripted()
  record.begin(claim)
  record.write(progress(1))
  await answer(true)
  record.write(progress(1))
  expect(rows()).toEqual([1])
})

test('a failed write is reported once, and the next one is made', async () => {
  const { record, rows, failures, answer } = scripted()
  record.begin(claim)
  for (const each of [1, 1, 2]) {
    record.write(progress(each))
    await answer(new Error('the database is down'))
  }
  expect(rows()).toEqual([1, 1, 2])
  expect(failures).toHaveLength(1)
})

test('an attempt that has lost its claim stops writing', async () => {
  const { record, rows, answer } = scripted()
  record.begin(claim)
  record.write(progress(1))
  await answer(false)
  record.write(progress(2))
  expect(rows()).toEqual([1])
})

test('a failed attempt writes zeros last, after a write in progress', async () => {
  const { record, written, rows, answer } = scripted()
  record.begin(claim)
  record.write(progress(1))
  const discarded = record.discard()
  expect(rows()).toEqual([1])
  await answer(true)
  await eventually('the last write', () => written.length === 2)
  record.write(progress(3))
  await answer(true)
  await discarded
  expect(written.at(-1)).toMatchObject({ step: null, rows: 0n, bytes: 0n, rowsPerSecond: 0 })
})
