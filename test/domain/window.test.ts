import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isoDay } from '../../src/domain/delivery-path.js'
import { columnsFingerprint, type Entity } from '../../src/domain/entity.js'
import { type Extent, planExtent, type Watermark } from '../../src/domain/window.js'
import { anEntity, aWatermark, sourceIdentity } from '../support/builders.js'

const user = anEntity('user')
const monday = '2026-11-23T00:00:00.000Z'
const tuesday = '2026-11-24T00:00:00.000Z'

function plan(to: string, watermark?: Watermark, changes: { entity?: Entity; source?: typeof sourceIdentity } = {}) {
  return planExtent(changes.entity ?? user, new Date(to), watermark, changes.source ?? sourceIdentity)
}

const delta = (from: string, baseSnapshot: string, previous = 8): Extent => ({
  mode: 'DELTA',
  from: new Date(from),
  baseSnapshot,
  previous,
})

describe('a full load', () => {
  test('is what an entity begins with (promise 5)', () => {
    expect(plan(monday)).toEqual({ mode: 'FULL', reason: 'FIRST' })
  })

  test('comes again when it is asked for (promise 5)', () => {
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
  ])('comes again when a column was %s (promise 5)', (_what, columns) => {
    expect(plan(tuesday, aWatermark(user, monday), { entity: { ...user, columns } })).toEqual({
      mode: 'FULL',
      reason: 'COLUMNS_CHANGED',
    })
  })

  test('comes again when the last column got a type whose name begins with that of the old one', () => {
    const watermark = aWatermark(user, monday, { columns: 'code:string,updated_at:date' })
    expect(plan(tuesday, watermark)).toEqual({ mode: 'FULL', reason: 'COLUMNS_CHANGED' })
  })

  test('does not come for columns that were appended: deltas go on with them (promise 12)', () => {
    const columns = [code, updatedAt, { ...code, name: 'email' }, { ...code, name: 'phone' }]
    expect(plan(tuesday, aWatermark(user, monday), { entity: { ...user, columns } })).toEqual(
      delta(monday, '900:905:901,903'),
    )
  })

  test('does not come for another description or nullability', () => {
    const columns = user.columns.map((column) => ({ ...column, description: 'other', nullable: true }))
    expect(plan(tuesday, aWatermark(user, monday), { entity: { ...user, columns } })).toMatchObject({ mode: 'DELTA' })
  })

  test('comes again when the source is another cluster (promise 5)', () => {
    const source = { ...sourceIdentity, systemIdentifier: '7000000000000000002' }
    expect(plan(tuesday, aWatermark(user, monday), { source })).toEqual({ mode: 'FULL', reason: 'SOURCE_RESET' })
  })

  test('comes again when the transaction ids of the source went back (promise 5)', () => {
    const watermark = aWatermark(user, monday, { snapshot: '900:905:901' })
    expect(plan(tuesday, watermark, { source: { ...sourceIdentity, nextXid: '904' } })).toEqual({
      mode: 'FULL',
      reason: 'SOURCE_RESET',
    })
    expect(plan(tuesday, watermark, { source: { ...sourceIdentity, nextXid: '905' } })).toMatchObject({ mode: 'DELTA' })
  })

  test('comes again on a new timeline, whatever the transaction ids: a restore may have lost rows (promise 5)', () => {
    const source = { ...sourceIdentity, nextXid: '2000', timeline: 2 }
    expect(plan(tuesday, aWatermark(user, monday), { source })).toEqual({ mode: 'FULL', reason: 'SOURCE_RESET' })
    const later = aWatermark(user, monday, { timeline: 3 })
    expect(plan(tuesday, later, { source })).toEqual({ mode: 'FULL', reason: 'SOURCE_RESET' })
  })

  test('does not come where the timeline of the last file is not known', () => {
    const watermark = aWatermark(user, monday, { timeline: null })
    expect(plan(tuesday, watermark, { source: { ...sourceIdentity, timeline: 2 } })).toMatchObject({ mode: 'DELTA' })
  })

  test('compares transaction ids as numbers of 64 bits, not as text or floats', () => {
    const watermark = aWatermark(user, monday, { snapshot: '9007199254740992:9007199254740993:' })
    const at = (nextXid: string) => plan(tuesday, watermark, { source: { ...sourceIdentity, nextXid } })
    expect(at('9007199254740992')).toMatchObject({ reason: 'SOURCE_RESET' })
    expect(at('9007199254740993')).toMatchObject({ mode: 'DELTA' })
    expect(at('10000000000000000')).toMatchObject({ mode: 'DELTA' })
  })

  test('has the reason that was asked for where there are several', () => {
    const watermark = aWatermark(user, monday, { fullLoadRequested: true, columns: 'other:string' })
    expect(plan(tuesday, watermark)).toMatchObject({ reason: 'REQUESTED' })
  })

  test('is made even if the entity is published up to that very time', () => {
    const watermark = aWatermark(user, monday, { fullLoadRequested: true })
    expect(plan(monday, watermark)).toEqual({ mode: 'FULL', reason: 'REQUESTED' })
  })
})

describe('a delta', () => {
  test('begins at the last published end and at its snapshot (promise 1)', () => {
    expect(plan(tuesday, aWatermark(user, monday))).toEqual(delta(monday, '900:905:901,903'))
  })

  test('follows a full load', () => {
    const watermark = aWatermark(user, monday, { extent: { mode: 'FULL', reason: 'FIRST' } })
    expect(plan(tuesday, watermark)).toEqual(delta(monday, '900:905:901,903'))
  })

  test('covers the periods that failed, and the gap while the entity was disabled (promises 4, 5)', () => {
    expect(plan('2027-02-01T00:00:00Z', aWatermark(user, monday))).toEqual(delta(monday, '900:905:901,903'))
  })

  test('begins at an end within a day, where the run before was asked for by hand (promise 1)', () => {
    expect(plan(tuesday, aWatermark(user, '2026-11-23T14:05:06.007Z'))).toMatchObject({
      from: new Date('2026-11-23T14:05:06.007Z'),
    })
  })
})

describe('a second file of the same day (promise 6: it replaces the first by a superset)', () => {
  test("begins where the day's first began, with that one's snapshot", () => {
    const extent = delta('2026-11-20T00:00:00Z', '800:800:')
    expect(plan('2026-11-23T23:59:59.999Z', aWatermark(user, monday, { extent }))).toEqual(extent)
  })

  test('is a full load where the first was one', () => {
    const extent: Extent = { mode: 'FULL', reason: 'FIRST' }
    expect(plan('2026-11-23T10:00:00Z', aWatermark(user, monday, { extent }))).toEqual(extent)
  })

  test('is no matter of 24 hours: the next midnight begins another day', () => {
    const watermark = aWatermark(user, '2026-11-23T23:59:59.999Z')
    expect(plan(tuesday, watermark)).toMatchObject({ from: new Date('2026-11-23T23:59:59.999Z') })
  })
})

describe('nothing to do', () => {
  test('is where the entity is published up to that very time', () => {
    expect(plan(monday, aWatermark(user, monday))).toBe('SKIP')
  })

  test('is where it is published further, whatever else holds: a watermark never goes back (promise 3)', () => {
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
    readonly extent: Extent
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
      const extent = planExtent(user, to, watermark, sourceIdentity)
      if (extent === 'SKIP' || !run.published) return
      const snapshot = `${index}:${index}:`
      const fullLoadRequested = extent.mode === 'DELTA' && watermark?.fullLoadRequested === true
      const { systemIdentifier, timeline } = sourceIdentity
      const columns = columnsFingerprint(user)
      watermark = { to, fullLoadRequested, extent, sequence: index + 1, snapshot, systemIdentifier, timeline, columns }
      files.push({ to, extent, snapshot, sequence: index + 1 })
    })
    return files
  }

  /** What lies on the server in the end: of each day the last file, since each replaces the one before. */
  const lastOfEachDay = (files: readonly File[]): File[] => [
    ...new Map(files.map((file) => [isoDay(file.to), file])).values(),
  ]

  test('tile: what lies on the server has no gap and no overlap (promises 1, 4, 6)', () => {
    fc.assert(
      fc.property(anyRuns, (runs) => {
        const kept = lastOfEachDay(publishedFiles(runs))
        if (kept[0]) expect(kept[0].extent).toMatchObject({ mode: 'FULL' })
        for (const [index, { extent, to }] of kept.slice(1).entries()) {
          const before = kept[index] as File
          expect(to.getTime()).toBeGreaterThan(before.to.getTime())
          if (extent.mode === 'DELTA')
            expect(extent).toEqual(delta(before.to.toISOString(), before.snapshot, before.sequence))
        }
      }),
      { numRuns: 2000 },
    )
  })

  test('only ever go forward, and within a day only ever grow (promises 3, 6)', () => {
    fc.assert(
      fc.property(anyRuns, (runs) => {
        const files = publishedFiles(runs)
        for (const [index, { extent, to }] of files.slice(1).entries()) {
          const before = files[index] as File
          expect(to.getTime()).toBeGreaterThanOrEqual(before.to.getTime())
          if (isoDay(to) === isoDay(before.to) && extent.mode === 'DELTA') expect(extent).toEqual(before.extent)
        }
      }),
      { numRuns: 1000 },
    )
  })
})
