import { entityOfFiles } from '../change-type.js'
import type { WrittenColumns } from '../column-selection.js'
import { type Catalog, columnsFingerprint, type Entity } from '../entity.js'
import type { NewEvent } from '../event.js'
import { activeEntities, type Registration } from '../registration.js'

/** The columns of an entity's files before and after a change, by name, in the order of the files. */
export interface ColumnChange {
  readonly entity: string
  readonly before: readonly string[]
  readonly after: readonly string[]
}

/** The event of columns that files get or lose because the registration changes. Empty if all columns stay. */
export function columnsChangedByRegistration(
  catalog: Catalog,
  before: Registration | undefined,
  after: Registration,
): NewEvent[] {
  if (!before) return []
  const active = new Set(activeEntities(before, catalog).map(({ name }) => name))
  const changes = activeEntities(after, catalog).flatMap((entity) => {
    if (!active.has(entity.name)) return []
    const [old, next] = [before, after].map((each) => entityOfFiles(entity, each.columnSelection, each.fileFormat))
    return old && next ? changeOf(entity.name, namesOf(old), namesOf(next)) : []
  })
  return columnsChanged('REGISTRATION', changes)
}

/** An entity with a file, and the columns that its next file has. */
export interface PlannedColumns {
  readonly entity: Entity
  readonly delivered: Entity
  readonly last: WrittenColumns
}

/** For entities that {@link isOfCatalog} selects. A change of the registration has its own event. */
export function columnsChangedByCatalog(changed: readonly PlannedColumns[], key: string): NewEvent[] {
  const changes = changed.flatMap(({ entity, delivered, last }) => {
    const before = last.columns.split(',').map((column) => column.split(':')[0] ?? '')
    return changeOf(entity.name, before, namesOf(delivered), last.columns !== columnsFingerprint(delivered))
  })
  return columnsChanged('CATALOG', changes).map((event) => ({ ...event, key: `export.columns.changed:${key}` }))
}

/** Whether the catalog has other columns than at the time of the last file, which the tenant receives. */
export function isOfCatalog({ entity, delivered, last }: PlannedColumns): boolean {
  const then = last.catalogColumns ?? last.columns
  return then !== columnsFingerprint(entity) && last.columns !== columnsFingerprint(delivered)
}

function namesOf({ columns }: Entity): string[] {
  return columns.map(({ name }) => name)
}

/** A column that only gets another type has the same name, but the files change. */
function changeOf(entity: string, before: string[], after: string[], isRetyped = false): ColumnChange[] {
  return isRetyped || before.join() !== after.join() ? [{ entity, before, after }] : []
}

function columnsChanged(cause: 'REGISTRATION' | 'CATALOG', changes: readonly ColumnChange[]): NewEvent[] {
  if (changes.length === 0) return []
  const entities = changes.map(({ entity, before, after }) => ({
    ...{ entity, before, after },
    added: after.filter((name) => !before.includes(name)),
    removed: before.filter((name) => !after.includes(name)),
  }))
  return [{ type: 'export.columns.changed', data: { cause, effective: 'NEXT_FILE', entities } }]
}
