import type { StoredRegistration } from '../../database/unit-of-work/tenant-registration.js'
import type { Transact, UnitOfWork } from '../../database/unit-of-work/unit-of-work.js'
import type { Actor } from '../../domain/actor.js'
import { type AuditDetails, auditEntry } from '../../domain/audit.js'
import { boundariesBetween, calendarOf } from '../../domain/calendar.js'
import type { Catalog } from '../../domain/entity.js'
import { registrationChanged } from '../../domain/events/tenant-events.js'
import { activeEntities } from '../../domain/registration.js'
import type { SchedulePauses } from '../../schedules/schedule-gateway.js'
import type { Events } from '../../telemetry/events.js'
import { ok, type Outcome, type Refusal, refused, unlessTemporalIsAway } from '../outcome.js'
import type { ScheduleSync } from '../schedule-sync.js'
import { notRegistered } from './entity-list-change.js'

export const catchUps = {
  ONE_FILE: 'The next run makes one file of each entity, which covers all the time since its last file.',
  BY_PERIOD:
    'Runs start at once, one after the other: one for each period that the pause has missed, each with its own files.',
} as const
export type CatchUp = keyof typeof catchUps

/** Each period is a run with a file of each entity. */
const mostPeriods = 100

export interface PauseDependencies {
  readonly catalog: Catalog
  readonly transact: Transact
  readonly schedules: ScheduleSync
  readonly pauses: SchedulePauses
  readonly events: Events
}

/** What a call has made of the registration. An operator's call also ends a pause that a person has made in Temporal itself. */
export interface Paused {
  readonly stored: StoredRegistration
  readonly changed: boolean
}

const unsure = 'Temporal did not answer, so its schedule may not follow. Call again: nothing is done twice.'

export async function pauseExport(deps: PauseDependencies, actor: Actor): Promise<Outcome<Paused>> {
  const { tenantId } = actor
  return unlessTemporalIsAway(unsure, async () => {
    const isHeld = actor.isOperator && (await deps.pauses.pausedByPerson(tenantId)) !== undefined
    const written = await write(deps, actor, { pausedAt: new Date(), isHeld, after: null })
    return written ? overridden(deps, tenantId, written, isHeld) : notRegistered
  })
}

export async function resumeExport(deps: PauseDependencies, actor: Actor, catchUp: CatchUp): Promise<Outcome<Paused>> {
  const { tenantId } = actor
  return unlessTemporalIsAway(unsure, async () => {
    const held = actor.isOperator ? await deps.pauses.pausedByPerson(tenantId) : undefined
    const missed = catchUp === 'BY_PERIOD' ? await missedPeriods(deps, tenantId, held?.lastRunAt) : ok([])
    if (!missed.ok) return missed
    // Before the pause ends: if Temporal is unavailable, the export stays paused, and the caller can call again.
    await makeUpFor(deps, tenantId, missed.value)
    const after = missed.value.length > 0 ? { catchUp, ...detailsOf(missed.value) } : null
    const written = await write(deps, actor, { pausedAt: null, isHeld: held !== undefined, after })
    return written ? overridden(deps, tenantId, written, held !== undefined) : notRegistered
  })
}

/** The boundaries since the pause, at which no run was started. */
async function missedPeriods(
  { transact, catalog }: PauseDependencies,
  tenantId: string,
  heldSince: Date | undefined,
): Promise<Outcome<Date[]>> {
  const stored = await transact(tenantId, ({ registration }) => registration.find())
  if (!stored) return notRegistered
  const since = stored.pausedAt ?? heldSince
  if (!since) return ok([])
  if (activeEntities(stored.registration, catalog).length === 0) {
    return refused(
      'NOTHING_ACTIVE',
      'None of the entities is active, so there is nothing to catch up. Resume with ONE_FILE.',
    )
  }
  const missed = boundariesBetween(calendarOf(stored.registration), since, new Date(), mostPeriods + 1)
  return missed.length > mostPeriods ? tooManyPeriods : ok(missed)
}

const tooManyPeriods: Refusal = refused(
  'TOO_MANY_PERIODS',
  `The pause has missed more than ${mostPeriods} periods. Resume with catchUp: ONE_FILE, which makes one file of them.`,
  ['catchUp'],
)

function detailsOf(missed: readonly Date[]): AuditDetails {
  return { periods: missed.length, from: missed[0], to: missed.at(-1) }
}

async function makeUpFor(
  { schedules, pauses }: PauseDependencies,
  tenantId: string,
  missed: readonly Date[],
): Promise<void> {
  const [first] = missed
  const last = missed.at(-1)
  if (!first || !last) return
  await schedules.apply(tenantId)
  await pauses.backfill(tenantId, first, last)
}

interface PauseChange {
  readonly pausedAt: Date | null
  /** Whether a person has paused the schedule in Temporal. */
  readonly isHeld: boolean
  readonly after: AuditDetails | null
}

function write(
  { transact, events }: PauseDependencies,
  actor: Actor,
  change: PauseChange,
): Promise<Paused | undefined> {
  return transact(actor.tenantId, (unit) => writeIn(unit, actor, change), { lock: 'registration' }).then((written) => {
    if (written?.changed) events.exportPaused(actor, change.pausedAt !== null)
    return written
  })
}

async function writeIn(
  { registration, audit, events }: UnitOfWork,
  actor: Actor,
  { pausedAt, isHeld, after }: PauseChange,
): Promise<Paused | undefined> {
  const before = await registration.find()
  if (!before) return undefined
  const isAsRequested = (before.pausedAt === null) === (pausedAt === null)
  if (isAsRequested && !isHeld) return { stored: before, changed: false }
  // Its schedule is pending afterwards.
  const stored = await registration.setPaused(before, isAsRequested ? before.pausedAt : pausedAt)
  await audit.keep(auditEntry(actor, pausedAt ? 'EXPORT_PAUSED' : 'EXPORT_RESUMED', { after }))
  await events.keep(registrationChanged(actor, pausedAt ? 'PAUSED' : 'RESUMED', stored.registration))
  return { stored, changed: true }
}

async function overridden(
  { schedules }: PauseDependencies,
  tenantId: string,
  written: Paused,
  isHeld: boolean,
): Promise<Outcome<Paused>> {
  if (!isHeld) return ok(written)
  return ok({ ...written, stored: { ...written.stored, ...(await schedules.override(tenantId)) } })
}
