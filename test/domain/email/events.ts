import { randomUUID } from 'node:crypto'
import type { EventData, EventType, TenantEvent } from '../../../src/domain/event.js'

let number = 0

/** An event at that time, by default without data. */
export function anEvent(type: EventType, at: string, data: EventData = {}): TenantEvent {
  number += 1
  return { id: randomUUID(), tenantId: 'acme', number, type, at: new Date(at), data }
}

/** A run that has failed as `export.failed` reports it. */
export function aFailedRun(at: string, ...entities: string[]): TenantEvent {
  const files = entities.map((entity) => ({ entity, code: 'SFTP_UNAVAILABLE', message: 'It was unreachable.' }))
  const data = { trigger: 'SCHEDULED', status: 'FAILED', code: 'SFTP_UNAVAILABLE', message: 'It was unreachable.' }
  return anEvent('export.failed', at, { ...data, entities: files })
}

/** A run that has delivered these numbers of rows. */
export function aDelivery(at: string, rows: Readonly<Record<string, number>>): TenantEvent {
  const entities = Object.entries(rows).map(([entity, count]) => ({ entity, rows: count, paths: [`${entity}.csv`] }))
  return anEvent('export.files.delivered', at, { entities })
}
