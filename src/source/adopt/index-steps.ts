import { escapeIdentifier } from 'pg'
import { serves } from '../checks/indexes.js'
import type { Relation } from '../checks/relation.js'
import type { AdoptionStep } from './adoption.js'
import { objectName } from './object-name.js'
import type { NamedIndex, TableForm } from './table-form.js'

interface WantedIndex {
  readonly columns: readonly string[]
  readonly suffix: string
  readonly unique: boolean
}

/** Makes an index on the table, and on each table that inherits from it. */
export function indexSteps(form: TableForm, wanted: WantedIndex): AdoptionStep[] {
  const tops = form.relations.filter(({ way, root }) => way === 'own' || root === null)
  return tops.flatMap((relation) => (isServed(form, relation, wanted) ? [] : made(form, relation, wanted)))
}

function isServed({ indexes }: TableForm, { id }: Relation, { columns, unique }: WantedIndex): boolean {
  return indexes.some(
    (index) => index.tableId === id && index.isValid && (!unique || index.isUnique) && serves(index, columns),
  )
}

function made(form: TableForm, relation: Relation, wanted: WantedIndex): AdoptionStep[] {
  return relation.kind === 'p' ? ofPartitioned(form, relation, wanted) : ofTable(form, relation, wanted)
}

/** An attempt that was interrupted leaves an index that is not valid. */
function ofTable(form: TableForm, relation: Relation, wanted: WantedIndex): AdoptionStep[] {
  const name = nameFor(form, relation, wanted)
  const found = find(form, relation, name)
  if (found?.isValid) return []
  const label = `${relation.schema}.${escapeIdentifier(name)}`
  return [
    ...(found ? [alone(`remove the unfinished index ${name}`, `DROP INDEX CONCURRENTLY ${label}`)] : []),
    alone(
      `index ${relation.label} by ${wanted.columns.join(', ')}`,
      `CREATE ${wanted.unique ? 'UNIQUE ' : ''}INDEX CONCURRENTLY ${escapeIdentifier(name)} ON ${relation.label} (${list(wanted)})`,
    ),
  ]
}

/** An index of a partitioned table cannot be made beside writes, but that of each partition can, and can be attached. */
function ofPartitioned(form: TableForm, relation: Relation, wanted: WantedIndex): AdoptionStep[] {
  const name = nameFor(form, relation, wanted)
  const label = `${relation.schema}.${escapeIdentifier(name)}`
  const create = `CREATE INDEX ${escapeIdentifier(name)} ON ONLY ${relation.label} (${list(wanted)})`
  const title = `index ${relation.label} by ${wanted.columns.join(', ')}`
  const children = form.relations.filter(({ id }) => form.tables.get(id)?.parent === relation.id)
  return [
    ...(find(form, relation, name) ? [] : [transaction(title, create)]),
    ...children.flatMap((child) => [...made(form, child, wanted), ...attached(form, child, wanted, { name, label })]),
  ]
}

function attached(
  form: TableForm,
  child: Relation,
  wanted: WantedIndex,
  parent: { readonly name: string; readonly label: string },
): AdoptionStep[] {
  const name = nameFor(form, child, wanted)
  if (find(form, child, name)?.parent === parent.name) return []
  const statement = `ALTER INDEX ${parent.label} ATTACH PARTITION ${child.schema}.${escapeIdentifier(name)}`
  return [transaction(`attach the index of ${child.label} by ${wanted.columns.join(', ')}`, statement)]
}

function find({ indexes }: TableForm, { id }: Relation, name: string): NamedIndex | undefined {
  return indexes.find((index) => index.tableId === id && index.name === name)
}

function nameFor({ tables }: TableForm, { id }: Relation, { suffix }: WantedIndex): string {
  return objectName(tables.get(id)?.name ?? id, suffix)
}

const list = ({ columns }: WantedIndex): string => columns.map((column) => escapeIdentifier(column)).join(', ')

const alone = (title: string, statement: string): AdoptionStep => ({ kind: 'alone', title, statement })

const transaction = (title: string, statement: string): AdoptionStep => ({
  kind: 'transaction',
  title,
  statements: [statement],
})
