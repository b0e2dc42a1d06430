import { expect, test } from 'vitest'
import { type DayFile, type DayRecord, exportDays } from '../../src/domain/export-day.js'

const day = new Date('2026-11-23T00:00:00Z')
const at = (time: string) => new Date(`2026-11-23T${time}:00Z`)
const file = (overrides: Partial<DayFile> = {}): DayFile => ({
  ...{ rows: 3, bytes: 99, isFullLoad: false, isRedelivered: false, isRemoved: false, publishedAt: at('00:05') },
  ...overrides,
})
const record = (entity: string | null, overrides: Partial<DayRecord> = {}): DayRecord => ({
  ...{ day, entity, file: null, failedAt: null },
  ...overrides,
})
const statusOf = (...records: DayRecord[]) => exportDays(records).map(({ status }) => status)

test('a day adds up the files of its entities', () => {
  const full = file({ rows: 5, bytes: 1, isFullLoad: true, isRedelivered: true, isRemoved: true })
  const [found] = exportDays([record('site', { file: full }), record('user', { file: file() })])
  expect(found).toMatchObject({ files: 2, rows: 8, bytes: 100, fullLoads: 1, redeliveredFiles: 1, removedFiles: 1 })
  expect(found?.entities).toEqual([
    { internalName: 'site', files: 1, rows: 5, bytes: 1, failed: false },
    { internalName: 'user', files: 1, rows: 3, bytes: 99, failed: false },
  ])
})

test('a day is delivered if no entity failed after its file', () => {
  expect(statusOf(record('user', { file: file() }))).toEqual(['DELIVERED'])
  expect(statusOf(record('user', { file: file(), failedAt: at('00:01') }))).toEqual(['DELIVERED'])
})

test('a day is partly delivered if an entity failed, or failed after its file', () => {
  const delivered = record('user', { file: file() })
  expect(statusOf(delivered, record('site', { failedAt: at('00:01') }))).toEqual(['PARTLY_DELIVERED'])
  expect(statusOf(record('user', { file: file(), failedAt: at('12:00') }))).toEqual(['PARTLY_DELIVERED'])
})

test('a day without a file is failed, and counts the entities that failed', () => {
  const [found] = exportDays([record('site', { failedAt: at('00:01') }), record('user', { failedAt: at('00:01') })])
  expect(found).toMatchObject({ status: 'FAILED', files: 0, failedEntities: 2 })
})

test('a run that failed before it was planned counts for its day, unless files came afterwards', () => {
  const delivered = record('user', { file: file() })
  expect(exportDays([record(null, { failedAt: at('00:01') })])).toMatchObject([
    { status: 'FAILED', failedEntities: 0, entities: [] },
  ])
  expect(statusOf(delivered, record(null, { failedAt: at('00:01') }))).toEqual(['DELIVERED'])
  expect(statusOf(delivered, record(null, { failedAt: at('12:00') }))).toEqual(['PARTLY_DELIVERED'])
})
