import type { Actor } from '../../../src/domain/actor.js'
import { type Catalog, columnsFingerprint, type Entity } from '../../../src/domain/entity.js'
import { type Calendar, calendarOf, type ExportFrequency, startOfDay } from '../../../src/domain/calendar.js'
import { defaultFileFormat } from '../../../src/domain/file-format.js'
import { defaultScheduleTime } from '../../../src/domain/schedule-time.js'
import type { Registration, RegistrationTarget } from '../../../src/domain/registration.js'
import type { SourceIdentity } from '../../../src/domain/source-identity.js'
import type { Watermark } from '../../../src/domain/window.js'

/** An entity of that display name, its internal name in snake case unless another is given. */
export function anEntity(displayName: string, overrides: Partial<Entity> = {}): Entity {
  const name = overrides.name ?? displayName.replaceAll(' ', '_')
  return {
    name,
    displayName,
    description: `All ${displayName}.`,
    kind: 'snapshot',
    table: { schema: 'analytics', name },
    tenantColumn: 'tenant_code',
    updatedAtColumn: 'updated_at',
    changeXidColumn: 'change_xid',
    key: ['code'],
    columns: [
      { name: 'code', type: 'string', description: 'The key.', nullable: false },
      { name: 'updated_at', type: 'datetime', description: 'The last change.', nullable: false },
    ],
    ...overrides,
  }
}

export function aCatalog(...entities: (string | Entity)[]): Catalog {
  return { entities: entities.map((entity) => (typeof entity === 'string' ? anEntity(entity) : entity)) }
}

/** Four entities, two of them with an internal name that is not the display name in snake case. */
export const smallCatalog = aCatalog(
  'user',
  anEntity('user logins', { name: 'user_login_events' }),
  'site category',
  anEntity('must reads', { name: 'content_must_read_marked' }),
)

export function selected(...entities: string[]): RegistrationTarget {
  return {
    exportOption: 'EXPORT_SELECTED',
    frequency: 'DAILY',
    schedule: defaultScheduleTime,
    fileFormat: defaultFileFormat,
    encryption: null,
    entities,
  }
}

/** Runs that are due at midnight UTC. */
export function atMidnight(frequency: ExportFrequency): Calendar {
  return calendarOf({ frequency, schedule: defaultScheduleTime })
}

export function everythingOf(catalog: Catalog): RegistrationTarget {
  return {
    exportOption: 'EXPORT_ALL',
    frequency: 'DAILY',
    schedule: defaultScheduleTime,
    fileFormat: defaultFileFormat,
    encryption: null,
    entities: catalog.entities.map((entity) => entity.name),
  }
}

export const disabled: RegistrationTarget = {
  exportOption: 'DISABLE_EXPORT',
  frequency: 'DAILY',
  schedule: defaultScheduleTime,
  fileFormat: defaultFileFormat,
  encryption: null,
  entities: [],
}

export function change(at: string, by = 'tester', tenantId = 'acme') {
  return { tenantId, by, at: new Date(at) }
}

/** The internal names of a registration that are active, and those that are not. */
export function activity({ entities }: Registration): { active: string[]; inactive: string[] } {
  const names = (active: boolean): string[] => entities.filter((e) => e.active === active).map((e) => e.name)
  return { active: names(true), inactive: names(false) }
}

export function anActor(tenantId: string, subject = 'tester'): Actor {
  return {
    tenantId,
    subject,
    clientId: 'a-client',
    scopes: new Set(['exports:read', 'exports:write']),
    isOperator: false,
    address: '192.0.2.1',
  }
}

export const sourceIdentity: SourceIdentity = { systemIdentifier: '7000000000000000001', nextXid: '1000', timeline: 1 }

/** A watermark of a daily delta up to that time, with nothing about it that calls for a full load. */
export function aWatermark(entity: Entity, to: string, overrides: Partial<Watermark> = {}): Watermark {
  const end = new Date(to)
  return {
    to: end,
    day: startOfDay(end),
    fullLoadRequested: false,
    load: { mode: 'DELTA', from: new Date(end.getTime() - 86_400_000), fromSnapshot: '800:800:', previous: 7 },
    sequence: 8,
    snapshot: '900:905:901,903',
    systemIdentifier: sourceIdentity.systemIdentifier,
    timeline: sourceIdentity.timeline,
    columns: columnsFingerprint(entity),
    ...overrides,
  }
}
