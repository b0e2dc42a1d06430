import { escapeIdentifier, escapeLiteral } from 'pg'
import type { Entity } from '../../domain/entity.js'
import { deletedColumn } from '../../domain/entity.js'
import type { Relation, TableColumn } from '../checks/relation.js'
import { recordingStatements } from '../checks/tracking.js'
import type { AdoptionRequest, AdoptionStep } from './adoption.js'
import { objectName } from './object-name.js'
import type { TableForm } from './table-form.js'

interface AddedColumn {
  readonly name: string
  readonly type: string
  /** As SQL writes it. A constant, so that Postgres writes no row anew. */
  readonly value: string
  readonly keepsDefault: boolean
}

/** A transaction that every snapshot sees, of rows that were written before the column existed. */
const frozenTransaction = '3'

/**
 * Adds the missing columns and the trigger in one transaction, so that no row is written in between. Rows that are there get
 * constants, which are part of the table's definition.
 */
export function columnSteps(request: AdoptionRequest, entity: Entity, form: TableForm): AdoptionStep[] {
  const added = addedColumns(request, form.own)
  const { label } = form.own
  const add = added.map(
    ({ name, type, value }) => `ADD COLUMN ${escapeIdentifier(name)} ${type} NOT NULL DEFAULT ${value}`,
  )
  const drop = added.flatMap(({ name, keepsDefault }) =>
    keepsDefault ? [] : [`ALTER COLUMN ${escapeIdentifier(name)} DROP DEFAULT`],
  )
  const triggers = triggerStatements(entity, form, added)
  const statements = [
    ...(add.length > 0 ? [`ALTER TABLE ${label} ${add.join(', ')}`] : []),
    ...(drop.length > 0 ? [`ALTER TABLE ${label} ${drop.join(', ')}`] : []),
    ...triggers,
  ]
  if (statements.length === 0) return []
  const what = [...added.map(({ name }) => name), ...(triggers.length > 0 ? ['the trigger'] : [])]
  return [{ kind: 'transaction', title: `add ${what.join(', ')} to ${label}`, statements }]
}

function addedColumns(request: AdoptionRequest, own: Relation): AddedColumn[] {
  const { tenantColumn, tenantId, updatedAtColumn, changeXidColumn, dated } = request
  const wanted: AddedColumn[] = [
    ...(tenantId === undefined
      ? []
      : [{ name: tenantColumn, type: 'text', value: escapeLiteral(tenantId), keepsDefault: true }]),
    { name: updatedAtColumn, type: 'timestamptz', value: escapeLiteral(dated), keepsDefault: false },
    { name: changeXidColumn, type: 'xid8', value: `'${frozenTransaction}'`, keepsDefault: false },
    { name: deletedColumn, type: 'boolean', value: 'false', keepsDefault: true },
  ]
  return wanted.filter(({ name }) => !own.columns.some((column) => column.name === name))
}

/** What the check of the source would say about the triggers if the columns were there. */
function triggerStatements(entity: Entity, { own, relations }: TableForm, added: readonly AddedColumn[]): string[] {
  const { changeXidColumn } = entity
  const later = relations.map((relation) => ({
    ...relation,
    xidColumns: [...new Set([...relation.xidColumns, changeXidColumn])],
    columns: relation === own ? [...own.columns, ...added.map(asColumn)] : relation.columns,
  }))
  const statements = recordingStatements(entity, later)
  return [...statements, ...ofPartitions(statements, own, relations)]
}

const asColumn = ({ name, type }: AddedColumn): TableColumn => ({ name, type, sqlType: type, notNull: true })

/** Some versions of Postgres do not enable the triggers of partitions together with that of the table above them. */
function ofPartitions(statements: readonly string[], own: Relation, relations: readonly Relation[]): string[] {
  const ofOwn = `ALTER TABLE ${own.label} ENABLE ALWAYS TRIGGER `
  const enable = statements.find((statement) => statement.startsWith(ofOwn))
  if (own.kind !== 'p' || enable === undefined) return []
  return relations
    .filter(({ kind, root }) => kind === 'r' && root === own.label)
    .map(({ label }) => `ALTER TABLE ${label} ENABLE ALWAYS TRIGGER ${enable.slice(ofOwn.length)}`)
}

/**
 * Gives values to rows without a time or a transaction, and declares the columns NOT NULL. The trigger dates such rows with the
 * time of the update, so that the next file has them.
 */
export function notNullSteps({ updatedAtColumn, changeXidColumn }: Entity, form: TableForm): AdoptionStep[] {
  const nullable = [updatedAtColumn, changeXidColumn].filter((name) =>
    form.own.columns.some((column) => column.name === name && !column.notNull),
  )
  if (nullable.length === 0) return []
  const where = nullable.map((name) => `${escapeIdentifier(name)} IS NULL`).join(' OR ')
  const set = `${escapeIdentifier(nullable[0] ?? '')} = ${escapeIdentifier(nullable[0] ?? '')}`
  const tables = form.relations.filter(({ kind }) => kind === 'r')
  return [
    ...tables.map(({ label }): AdoptionStep => ({
      kind: 'backfill',
      title: `fill ${nullable.join(', ')} of ${label}`,
      table: label,
      set,
      where,
    })),
    ...nullable.flatMap((name) => notNull(form, name)),
  ]
}

/** A validated check spares Postgres the look at all rows under a lock that blocks writers. */
function notNull({ own, tables, checks }: TableForm, column: string): AdoptionStep[] {
  const name = objectName(tables.get(own.id)?.name ?? own.id, `tidemark_${column}`.slice(0, 40))
  const [check, quoted] = [escapeIdentifier(name), escapeIdentifier(column)]
  const found = checks.find((each) => each.name === name)
  const alter = `ALTER TABLE ${own.label}`
  const isValidated = found?.isValidated === true
  const add = `${alter} ADD CONSTRAINT ${check} CHECK (${quoted} IS NOT NULL) NOT VALID`
  return [
    ...(found ? [] : [{ kind: 'transaction', title: `refuse new rows without ${column}`, statements: [add] } as const]),
    ...(isValidated
      ? []
      : [
          {
            kind: 'alone',
            title: `check ${column} of all rows`,
            statement: `${alter} VALIDATE CONSTRAINT ${check}`,
          } as const,
        ]),
    {
      kind: 'transaction',
      title: `declare ${column} NOT NULL`,
      statements: [`${alter} ALTER COLUMN ${quoted} SET NOT NULL`, `${alter} DROP CONSTRAINT ${check}`],
    },
  ]
}
