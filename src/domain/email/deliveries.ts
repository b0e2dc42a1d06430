import type { TenantEvent } from '../event.js'
import type { DeliveredEntity, DeliveriesContent, ExpiringDay } from './content.js'
import { numberIn, recordsIn, textIn } from './event-data.js'
import type { Step } from './step.js'

/** What was delivered since the last daily email. */
export interface DeliveriesState extends Omit<DeliveriesContent, 'template' | 'until'> {
  /** When the next daily email is due. */
  readonly digestAt: string
}

/** The hour of the daily email, in UTC. */
export const deliveriesHour = 7
const dayMs = 86_400_000
/** An email names at most this many days whose files will be removed. */
const mostDays = 100

/** One email a day, at the hour of {@link deliveriesHour}, and none for a day without a delivery. */
export function deliveriesStep(
  before: DeliveriesState | undefined,
  events: readonly TenantEvent[],
  now: Date,
): Step<DeliveriesState> {
  const state = events.reduce<DeliveriesState | undefined>((known, event) => after(known, event, now), before)
  if (!state) return { state, messages: [], dueAt: null }
  const dueAt = new Date(state.digestAt)
  if (dueAt > now) return { state, messages: [], dueAt }
  const { digestAt: _digestAt, ...delivered } = state
  return {
    state: undefined,
    messages: [{ template: 'DELIVERIES', ...delivered, until: now.toISOString() }],
    dueAt: null,
  }
}

function after(known: DeliveriesState | undefined, event: TenantEvent, now: Date): DeliveriesState | undefined {
  const { type, at, data } = event
  const isDelivery = type === 'export.files.delivered' || type === 'export.files.redelivered'
  if (!isDelivery && type !== 'export.files.expiring') return known
  const state = known ?? {
    ...{ since: at.toISOString(), runs: 0, entities: [], expiring: [] },
    digestAt: nextDigest(now).toISOString(),
  }
  if (!isDelivery) return { ...state, expiring: [...state.expiring, ...expiringIn(data)].slice(0, mostDays) }
  // Files that were found complete after the end of their run belong to a run that is counted already.
  const runs = data['completedAfterEnd'] === true ? state.runs : state.runs + 1
  return { ...state, runs, entities: recordsIn(data, 'entities').reduce(withEntity, state.entities) }
}

function withEntity(known: readonly DeliveredEntity[], record: TenantEvent['data']): readonly DeliveredEntity[] {
  const entity = textIn(record, 'entity')
  if (entity === null) return known
  const files = Array.isArray(record['paths']) ? record['paths'].length : 1
  const same = known.find((each) => each.entity === entity) ?? { entity, files: 0, rows: 0 }
  const sum = { entity, files: same.files + files, rows: same.rows + numberIn(record, 'rows') }
  return [...known.filter((each) => each.entity !== entity), sum].toSorted((a, b) => (a.entity < b.entity ? -1 : 1))
}

function expiringIn(data: TenantEvent['data']): ExpiringDay[] {
  const day = textIn(data, 'day')
  return day === null ? [] : [{ day, removedOn: textIn(data, 'removedOn') }]
}

function nextDigest(now: Date): Date {
  const today = new Date(now)
  today.setUTCHours(deliveriesHour, 0, 0, 0)
  return today > now ? today : new Date(today.getTime() + dayMs)
}
