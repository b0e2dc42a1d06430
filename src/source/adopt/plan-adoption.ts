import { type ClientBase, escapeIdentifier } from 'pg'
import type { Entity } from '../../domain/entity.js'
import { deletedColumn } from '../../domain/entity.js'
import { AdoptionError, type AdoptionPlan, type AdoptionRequest, type AdoptionStep } from './adoption.js'
import { columnSteps, notNullSteps } from './column-steps.js'
import { indexSteps } from './index-steps.js'
import { readTableForm, type TableForm } from './table-form.js'
import { rowColumns, tombstoneSteps, tombstoneTable } from './tombstone-steps.js'

/**
 * Reads the table, and plans what makes it exportable: only what is missing.
 * @throws AdoptionError if the table cannot be adopted as requested
 */
export async function planAdoption(client: ClientBase, request: AdoptionRequest): Promise<AdoptionPlan> {
  const form = await readTableForm(client, entityOf(request, []))
  if (!form) throw new AdoptionError(`There is no table ${nameOf(request)}. Name it as schema.table, without quotes.`)
  const key = keyOf(request, form)
  const entity = entityOf(request, key)
  const problem = problemOf(request, form, key)
  if (problem !== undefined) throw new AdoptionError(`${nameOf(request)} cannot be adopted: ${problem}`)
  const tombstones = request.tombstones
    ? await readTableForm(client, { ...entity, table: tombstoneTable(entity.table) })
    : undefined
  const steps = [
    ...columnSteps(request, entity, form),
    ...(request.tombstones ? tombstoneSteps(entity, form, tombstones) : []),
    ...notNullSteps(entity, form),
    ...allIndexSteps(entity, form),
    ...(await grantSteps(client, request, form, tombstones)),
  ]
  return { steps, remarks: remarks(entity, form) }
}

function nameOf({ table }: AdoptionRequest): string {
  return `${table.schema}.${table.name}`
}

function entityOf(request: AdoptionRequest, key: readonly string[]): Entity {
  const { table, tenantColumn, updatedAtColumn, changeXidColumn } = request
  const names = { name: table.name, displayName: table.name, description: '', kind: 'snapshot' } as const
  return {
    ...names,
    table,
    tenantColumn,
    updatedAtColumn,
    changeXidColumn,
    changeTracking: 'trigger',
    key,
    columns: [],
  }
}

function keyOf({ key, tenantColumn }: AdoptionRequest, { primaryKey }: TableForm): readonly string[] {
  if (key) return key
  const withinTenant = primaryKey.filter((name) => name !== tenantColumn)
  return withinTenant.length > 0 ? withinTenant : primaryKey
}

function problemOf(request: AdoptionRequest, form: TableForm, key: readonly string[]): string | undefined {
  const { own, columns, tables } = form
  if (own.kind !== 'r' && own.kind !== 'p') return 'it is not a table. Adopt the tables below it.'
  if (tables.get(own.id)?.isPartition) return 'it is a partition. Adopt the partitioned table.'
  if (key.length === 0)
    return 'it has no primary key. Name the columns that identify a row within its tenant with --key.'
  const nullable = (name: string): boolean => columns.some((column) => column.name === name && !column.notNull)
  const unknown = key.filter((name) => !columns.some((column) => column.name === name))
  if (unknown.length > 0) return `it has no column ${unknown.join(', ')}. Correct --key.`
  const empty = key.filter(nullable)
  if (empty.length > 0)
    return `${empty.join(', ')} may be NULL, so it is no key. Correct --key, or declare it NOT NULL.`
  const hasTenant = columns.some(({ name }) => name === request.tenantColumn)
  if (!hasTenant && request.tenantId === undefined) {
    return `it has no column ${request.tenantColumn}. Correct --tenant, or add the column with --tenant-id.`
  }
  return typeProblem(request, form)
}

function typeProblem(
  { tenantColumn, updatedAtColumn, changeXidColumn }: AdoptionRequest,
  { own }: TableForm,
): string | undefined {
  const typeOf = (name: string): string | undefined => own.columns.find((column) => column.name === name)?.type
  const wanted = [
    [updatedAtColumn, 'timestamptz', 'Name another column with --updated-at: adopt adds it.'],
    [changeXidColumn, 'xid8', 'Name another column with --change-xid: adopt adds it.'],
    [deletedColumn, 'bool', `Rename the column ${deletedColumn}, or export a view.`],
  ] as const
  const [wrong] = wanted.filter(([name, type]) => typeOf(name) !== undefined && typeOf(name) !== type)
  if (wrong) return `the column ${wrong[0]} is of type ${typeOf(wrong[0])}, but must be ${wrong[1]}. ${wrong[2]}`
  if (typeOf(tenantColumn) !== 'bpchar') return undefined
  return `the tenant column ${tenantColumn} is of type char(n), which pads the id of the tenant with blanks. Change its type to text.`
}

function allIndexSteps(entity: Entity, form: TableForm): AdoptionStep[] {
  const { tenantColumn, updatedAtColumn, changeXidColumn } = entity
  return [
    ...indexSteps(form, { columns: [tenantColumn, updatedAtColumn], suffix: 'tidemark_time', unique: false }),
    ...indexSteps(form, { columns: [tenantColumn, changeXidColumn], suffix: 'tidemark_xid', unique: false }),
    ...(hasUniqueKey(entity, form) || form.own.kind === 'p'
      ? []
      : indexSteps(form, { columns: rowColumns(entity), suffix: 'tidemark_key', unique: true })),
  ]
}

function hasUniqueKey(entity: Entity, { own, indexes }: TableForm): boolean {
  const names = new Set<string | null>(rowColumns(entity))
  return indexes.some(
    ({ tableId, isUnique, isValid, predicate, columns }) =>
      tableId === own.id && isUnique && isValid && predicate === null && columns.every((column) => names.has(column)),
  )
}

async function grantSteps(
  client: ClientBase,
  { reader, tombstones: wantsTombstones, table }: AdoptionRequest,
  { own }: TableForm,
  tombstones: TableForm | undefined,
): Promise<AdoptionStep[]> {
  if (reader === undefined) return []
  const role = escapeIdentifier(reader)
  const { rows } = await client.query<{ usage: boolean; own: boolean; tombstones: boolean }>(
    `SELECT has_schema_privilege(r.oid, n.oid, 'USAGE') AS usage, has_table_privilege(r.oid, c.oid, 'SELECT') AS own,
       coalesce(has_table_privilege(r.oid, $3::oid, 'SELECT'), false) AS tombstones
     FROM pg_roles r, pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE r.rolname = $1 AND c.oid = $2::oid`,
    [reader, own.id, tombstones?.own.id ?? null],
  )
  const [may] = rows
  if (!may) throw new AdoptionError(`There is no role ${reader}. Create it, or correct --reader.`)
  const tables = [
    ...(may.own ? [] : [own.label]),
    ...(wantsTombstones && !may.tombstones ? [`${own.schema}.${escapeIdentifier(tombstoneTable(table).name)}`] : []),
  ]
  const statements = [
    ...(may.usage ? [] : [`GRANT USAGE ON SCHEMA ${own.schema} TO ${role}`]),
    ...tables.map((label) => `GRANT SELECT ON ${label} TO ${role}`),
  ]
  if (statements.length === 0) return []
  return [{ kind: 'transaction', title: `let ${reader} read ${own.label}`, statements }]
}

function remarks(entity: Entity, form: TableForm): string[] {
  const { own, columns } = form
  const { tenantColumn } = entity
  const isNullable = columns.some(({ name, notNull }) => name === tenantColumn && !notNull)
  return [
    ...(isNullable
      ? [`The tenant column ${tenantColumn} of ${own.label} may be NULL. A row without a tenant is in no file.`]
      : []),
    ...(own.kind === 'p' && !hasUniqueKey(entity, form)
      ? [`No unique index keeps ${rowColumns(entity).join(', ')} of ${own.label} unique. Create one.`]
      : []),
    ...(own.isUnlogged ? [`${own.label} is unlogged: Postgres empties it after a crash.`] : []),
  ]
}
