import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { startOfDay } from '../../src/domain/calendar.js'
import { isoDay } from '../../src/domain/delivery-path.js'
import { columnsFingerprint, type Entity } from '../../src/domain/entity.js'
import { type Load, planLoad, type Watermark } from '../../src/domain/window.js'
import { anEntity, aWatermark, sourceIdentity } from '../support/world/builders.js'

const user = anEntity('user')
const monday = '2026-11-23T00:00:00.000Z'
const tuesday = '2026-11-24T00:00:00.000Z'

function plan(to: string, watermark?: Watermark, changes: { entity?: Entity; source?: typeof sourceIdentity } = {}) {
  return planLoad(
    changes.entity ?? user,
    { to: new Date(to), day: startOfDay(new Date(to)) },
    watermark,
    changes.source ?? sourceIdentity,
  )
}

const delta = (from: string, fromSnapshot: string, previous = 8): Load => ({
  mode: 'DELTA',
  from: new Date(from),
  fromSnapshot,
  previous,
})

describe('a full load', () => {
  test('a new entity gets a full load (promise 5)', () => {
    expect(plan(monday)).toEqual({ mode: 'FULL', reason: 'FIRST' })
  })

  test('a requested full load is planned (promise 5)', () => {
    const watermark = aWatermark(user, monday, { fullLoadRequested: true })
    expect(plan(tuesday, watermark)).toEqual({ mode: 'FULL', reason: 'REQUESTED' })
  })

  const [code, updatedAt] = user.columns as [(typeof user.columns)[0], (typeof user.columns)[0]]
  test.each([
    ['put before others', [{ ...code, name: 'email' }, code, updatedAt]],
    ['dropped', [code]],
    ['renamed', [{ ...code, name: 'id' }, updatedAt]],
    ['retyped', [{ ...code, type: 'integer' as const }, updatedAt]],
    ['retyped at the end', [code, { ...updatedAt, type: 'date' as const }]],
    ['retyped from one type that is no text to another', [{ ...code, sourceType: 'text[]' }, updatedAt]],
    ['moved', [updatedAt, code]],
  ])('a full load is planned again if a column was %s (promise 5)', (_what, columns) => {
    expect(plan(tuesday, aWatermark(user, monday), { entity: { ...user, columns } })).toEqual({
      mode: 'FULL',
      reason: 'COLUMNS_CHANGED',
    })
  })

  test('a full load is planned again if the last column gets a type whose name begins with that of the old type (promise 5)', () => {
    const watermark = aWatermark(user, monday, { columns: 'code:string,updated_at:date' })
    expect(plan(tuesday, watermark)).toEqual({ mode: 'FULL', reason: 'COLUMNS_CHANGED' })
  })

  test('deltas continue after columns were appended (promises 5, 12)', () => {
    const columns = [code, updatedAt, { ...code, name: 'email' }, { ...code, name: 'phone' }]
    expect(plan(tuesday, aWatermark(user, monday), { entity: { ...user, columns } })).toEqual(
      delta(monday, '900:905:901,903'),
    )
  })

  test('deltas continue after a description or nullability has changed', () => {
    const columns = user.columns.map((column) => ({ ...column, description: 'other', nullable: true }))
    expect(plan(tuesday, aWatermark(user, monday), { entity: { ...user, columns } })).toMatchObject({ mode: 'DELTA' })
  })

  test('a full load is planned again if the source is another cluster (promise 5)', () => {
    const source = { ...sourceIdentity, systemIdentifier: '7000000000000000002' }
    expect(plan(tuesday, aWatermark(user, monday), { source })).toEqual({ mode: 'FULL', reason: 'SOURCE_RESET' })
  })

  test('a full load is planned again if the transaction ids of the source went back (promises 2, 5)', () => {
    const watermark = aWatermark(user, monday, { snapshot: '900:905:901' })
    expect(plan(tuesday, watermark, { source: { ...sourceIdentity, nextXid: '904' } })).toEqual({
      mode: 'FULL',
      reason: 'SOURCE_RESET',
    })
    expect(plan(tuesday, watermark, { source: { ...sourceIdentity, nextXid: '905' } })).toMatchObject({ mode: 'DELTA' })
  })

  test('a full load is planned again on a new timeline, since a restore may have lost rows (promises 2, 5)', () => {
    const source = { ...sourceIdentity, nextXid: '2000', timeline: 2 }
    expect(plan(tuesday, aWatermark(user, monday), { source })).toEqual({ mode: 'FULL', reason: 'SOURCE_RESET' })
    const later = aWatermark(user, monday, { timeline: 3 })
    expect(plan(tuesday, later, { source })).toEqual({ mode: 'FULL', reason: 'SOURCE_RESET' })
  })

  test('deltas continue if the timeline of the last file is not known', () => {
    const watermark = aWatermark(user, monday, { timeline: null })
    expect(plan(tuesday, watermark, { source: { ...sourceIdentity, timeline: 2 } })).toMatchObject({ mode: 'DELTA' })
  })

  test('transaction ids are compared as numbers of 64 bits, not as text or floats', () => {
    const watermark = aWatermark(user, monday, { snapshot: '9007199254740992:9007199254740993:' })
    const at = (nextXid: string) => plan(tuesday, watermark, { source: { ...sourceIdentity, nextXid } })
    expect(at('9007199254740992')).toMatchObject({ reason: 'SOURCE_RESET' })
    expect(at('9007199254740993')).toMatchObject({ mode: 'DELTA' })
    expect(at('10000000000000000')).toMatchObject({ mode: 'DELTA' })
  })

  test('a full load with several reasons has the reason REQUESTED', () => {
    const watermark = aWatermark(user, monday, { fullLoadRequested: true, columns: 'other:string' })
    expect(plan(tuesday, watermark)).toMatchObject({ reason: 'REQUESTED' })
  })

  test('a requested full load is planned even if the entity is published up to that time', () => {
    const watermark = aWatermark(user, monday, { fullLoadRequested: true })
    expect(plan(monday, watermark)).toEqual({ mode: 'FULL', reason: 'REQUESTED' })
  })
})

describe('a delta', () => {
  test('a delta begins at the last published end and at its snapshot (promises 1, 2)', () => {
    expect(plan(tuesday, aWatermark(user, monday))).toEqual(delta(monday, '900:905:901,903'))
  })

  test('a delta follows a full load', () => {
    const watermark = aWatermark(user, monday, { load: { mode: 'FULL', reason: 'FIRST' } })
    expect(plan(tuesday, watermark)).toEqual(delta(monday, '900:905:901,903'))
  })

  test('a delta covers failed periods, and the gap while the entity was disabled (promises 4, 5)', () => {
    expect(plan('2027-02-01T00:00:00Z', aWatermark(user, monday))).toEqual(delta(monday, '900:905:901,903'))
  })

  test('a delta begins within a day if the run before was requested within that day (promise 1)', () => {
    expect(plan(tuesday, aWatermark(user, '2026-11-23T14:05:06.007Z'))).toMatchObject({
      from: new Date('2026-11-23T14:05:06.007Z'),
    })
  })
})

describe('a second file of the same day (promise 6)', () => {
  test('a second file of a day begins where the first began, with the same snapshot (promise 6)', () => {
    const load = delta('2026-11-20T00:00:00Z', '800:800:')
    expect(plan('2026-11-23T23:59:59.999Z', aWatermark(user, monday, { load }))).toEqual(load)
  })

  test('a second file of a day is a full load if the first was one', () => {
    const load: Load = { mode: 'FULL', reason: 'FIRST' }
    expect(plan('2026-11-23T10:00:00Z', aWatermark(user, monday, { load }))).toEqual(load)
  })

  test('a file after the next midnight is the first of another day', () => {
    const watermark = aWatermark(user, '2026-11-23T23:59:59.999Z')
    expect(plan(tuesday, watermark)).toMatchObject({ from: new Date('2026-11-23T23:59:59.999Z') })
  })
})

describe('nothing to do', () => {
  test('an entity that is published up to that time is skipped', () => {
    expect(plan(monday, aWatermark(user, monday))).toBe('SKIP')
  })

  test('an entity that is published up to a later time is skipped (promise 3)', () => {
    const watermark = aWatermark(user, tuesday, { fullLoadRequested: true, columns: 'other:string' })
    expect(plan(monday, watermark)).toBe('SKIP')
  })
})

describe('the windows of any sequence of runs', () => {
  interface Run {
    /** Minutes since the run before; 0 where it is for the same time. */
    readonly after: number
    readonly scheduled: boolean
    readonly published: boolean
    readonly requestFullLoad: boolean
  }
  interface File {
    readonly sequence: number
    readonly to: Date
    readonly load: Load
    readonly snapshot: string
  }

  const rarely = fc.integer({ min: 0, max: 19 }).map((n) => n === 0)
  const anyRuns: fc.Arbitrary<Run[]> = fc.array(
    fc.record({
      after: fc.oneof(fc.integer({ min: 0, max: 600 }), fc.integer({ min: 0, max: 5000 })),
      scheduled: fc.boolean(),
      published: fc.boolean(),
      requestFullLoad: rarely,
    }),
    { minLength: 1, maxLength: 40 },
  )

  /** Goes through the runs as planRun and publish do, and gives the published files in order. */
  function publishedFiles(runs: readonly Run[]): File[] {
    const files: File[] = []
    let watermark: Watermark | undefined
    let now = Date.parse(monday)
    runs.forEach((run, index) => {
      now += run.after * 60_000
      const to = run.scheduled ? new Date(isoDay(new Date(now))) : new Date(now)
      if (run.requestFullLoad && watermark) watermark = { ...watermark, fullLoadRequested: true }
      const load = planLoad(user, { to, day: startOfDay(to) }, watermark, sourceIdentity)
      if (load === 'SKIP' || !run.published) return
      const snapshot = `${index}:${index}:`
      const fullLoadRequested = load.mode === 'DELTA' && watermark?.fullLoadRequested === true
      const { systemIdentifier, timeline } = sourceIdentity
      const columns = columnsFingerprint(user)
      watermark = {
        to,
        day: startOfDay(to),
        fullLoadRequested,
        load,
        sequence: index + 1,
        snapshot,
        systemIdentifier,
        timeline,
        columns,
      }
      files.push({ to, load, snapshot, sequence: index + 1 })
    })
    return files
  }

  /** The files that are stored in the end: of each day the last one, since each replaces the one before. */
  const lastOfEachDay = (files: readonly File[]): File[] => [
    ...new Map(files.map((file) => [isoDay(file.to), file])).values(),
  ]

  test('the stored windows of any sequence of runs have no gap and no overlap (promises 1, 4, 6)', () => {
    fc.assert(
      fc.property(anyRuns, (runs) => {
        const kept = lastOfEachDay(publishedFiles(runs))
        if (kept[0]) expect(kept[0].load).toMatchObject({ mode: 'FULL' })
        for (const [index, { load, to }] of kept.slice(1).entries()) {
          const before = kept[index] as File
          expect(to.getTime()).toBeGreaterThan(before.to.getTime())
          if (load.mode === 'DELTA')
            expect(load).toEqual(delta(before.to.toISOString(), before.snapshot, before.sequence))
        }
      }),
      { numRuns: 2000 },
    )
  })

  test('windows only go forward, and those of a day only grow (promises 3, 6)', () => {
    fc.assert(
      fc.property(anyRuns, (runs) => {
        const files = publishedFiles(runs)
        for (const [index, { load, to }] of files.slice(1).entries()) {
          const before = files[index] as File
          expect(to.getTime()).toBeGreaterThanOrEqual(before.to.getTime())
          if (isoDay(to) === isoDay(before.to) && load.mode === 'DELTA') expect(load).toEqual(before.load)
        }
      }),
      { numRuns: 1000 },
    )
  })
})
