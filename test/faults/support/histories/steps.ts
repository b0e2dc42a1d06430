import fc from 'fast-check'
import { type ExportFrequency, exportFrequencies } from '../../../../src/domain/calendar.js'
import { defaultScheduleTime, scheduleMinutes, type ScheduleTime } from '../../../../src/domain/schedule-time.js'
import { type ExportOption, exportOptions } from '../../../../src/domain/registration.js'
import { entities } from './tables.js'
import { namesOf } from '../../../../src/domain/described.js'

/** What can happen in a history. Writers, entities and codes are numbered from 0. */

export const writerCount = 3
const codeCount = 4

const writerActs = [
  'savepoint',
  'releaseSavepoint',
  'rollbackToSavepoint',
  'commit',
  'rollback',
  'prepare',
  'commitPrepared',
  'rollbackPrepared',
] as const
export type WriterAct = (typeof writerActs)[number]

/** Of the writer's open transaction or, once it is prepared, of that one; where there is none, nothing happens. */
export interface WriterStep {
  readonly kind: WriterAct
  readonly writer: number
}

export interface WriteStep {
  readonly kind: 'write'
  readonly writer: number
  readonly entity: number
  readonly code: number
  /** Added to the writer's clock: the row is back-dated, or dated in the future. */
  readonly skewMs: number
  readonly deleted: boolean
}

export interface RegisterStep {
  readonly kind: 'register'
  readonly option: ExportOption
  readonly frequency: ExportFrequency
  readonly schedule: ScheduleTime
  /** With EXPORT_SELECTED. */
  readonly entities: readonly number[]
}

export type Step =
  | WriteStep
  | WriterStep
  /** Happens while the next file is being read, once its snapshot is taken. */
  | { readonly kind: 'whileReading'; readonly does: readonly (WriterStep | WriteStep)[] }
  /** The clock goes on to the boundary after so many others, and some minutes further: scheduled runs become due. */
  | { readonly kind: 'pass'; readonly boundaries: number; readonly minutes: number }
  /** A run is asked for. */
  | { readonly kind: 'runNow' }
  /** The next run reads these entities, but can't publish them. */
  | { readonly kind: 'fail'; readonly entities: readonly number[] }
  /** Scheduled runs wait until the worker is back. */
  | { readonly kind: 'workerStops' | 'workerIsBack' }
  | RegisterStep
  | { readonly kind: 'requestFullLoad'; readonly entity: number }
  /** The file so many days with a file before the last one is written again. */
  | { readonly kind: 'redeliver'; readonly entity: number; readonly back: number }
  /** The catalog gains an entity, which EXPORT_ALL covers from then on. */
  | { readonly kind: 'catalogGrows' }

export interface History {
  /** Where the clock starts: hours after the beginning of 2024. */
  readonly startHour: number
  /** How far each writer's clock is off. */
  readonly clocksMs: readonly number[]
  readonly first: RegisterStep
  readonly steps: readonly Step[]
}

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

const writer = fc.nat(writerCount - 1)
const entity = fc.nat(entities.length - 1)
const someEntities = fc.subarray([...entities.keys()], { minLength: 1 })

const write: fc.Arbitrary<WriteStep> = fc.record({
  kind: fc.constant('write'),
  writer,
  entity,
  code: fc.nat(codeCount - 1),
  skewMs: fc.constantFrom(0, 0, 0, 0, -1, 1, -hour, hour, -day, day, -40 * day, 40 * day),
  deleted: fc.nat(5).map((n) => n === 5),
})

/** Names that come several times over are likelier. */
const writerStep: fc.Arbitrary<WriterStep> = fc.record({
  kind: fc.constantFrom<WriterAct[]>(
    ...(['commit', 'commit', 'commit', 'savepoint', 'savepoint', 'prepare', 'commitPrepared'] as const),
    ...writerActs,
  ),
  writer,
})

const register: fc.Arbitrary<RegisterStep> = fc.record({
  kind: fc.constant('register'),
  option: fc.constantFrom<ExportOption[]>('EXPORT_ALL', 'EXPORT_SELECTED', ...namesOf(exportOptions)),
  frequency: fc.constantFrom<ExportFrequency[]>(...namesOf(exportFrequencies)),
  schedule: fc.oneof(
    fc.constant(defaultScheduleTime),
    fc.record({
      timeZone: fc.constantFrom(
        'UTC',
        'Pacific/Auckland',
        'Europe/Berlin',
        'America/Los_Angeles',
        'Australia/Lord_Howe',
      ),
      hour: fc.constantFrom(0, 1, 2, 3, 6, 23),
      minute: fc.constantFrom(...scheduleMinutes),
    }),
  ),
  entities: someEntities,
})

const pass = fc.record({
  kind: fc.constant('pass'),
  boundaries: fc.constantFrom(1, 1, 1, 0, 0, 2),
  minutes: fc.constantFrom(0, 1, 60, 600, 1500),
})

const whileReading = fc.record({
  kind: fc.constant('whileReading'),
  does: fc.array(fc.oneof(writerStep, write), { minLength: 1, maxLength: 3 }),
})

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 28, arbitrary: write },
  { weight: 24, arbitrary: writerStep },
  { weight: 10, arbitrary: pass },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('runNow') }) },
  { weight: 6, arbitrary: whileReading },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('fail'), entities: someEntities }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('workerStops', 'workerIsBack') }) },
  { weight: 2, arbitrary: register },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('requestFullLoad'), entity }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('redeliver'), entity, back: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('catalogGrows') }) },
)

export const history: fc.Arbitrary<History> = fc.record({
  startHour: fc.nat(9 * 366 * 24),
  clocksMs: fc.tuple(...Array.from({ length: writerCount }, () => fc.constantFrom(0, 0, -5000, 5000, -hour, hour))),
  first: register,
  steps: fc.array(step, { maxLength: 60, size: 'max' }),
})
