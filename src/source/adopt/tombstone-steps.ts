import { escapeIdentifier, escapeLiteral } from 'pg'
import type { Entity } from '../../domain/entity.js'
import type { Relation } from '../checks/relation.js'
import { AdoptionError, type AdoptionStep } from './adoption.js'
import { mostNameBytes } from './object-name.js'
import type { TableForm } from './table-form.js'

/** The name of the table with the deleted rows of a table. */
export function tombstoneTable({ schema, name }: Entity['table']): Entity['table'] {
  const deleted = `${name}_deleted`
  if (Buffer.byteLength(deleted) <= mostNameBytes) return { schema, name: deleted }
  throw new AdoptionError(
    `${schema}.${name} cannot get a table of deleted rows: the name ${deleted} is longer than ${mostNameBytes} bytes. Rename the table, or leave out --tombstones.`,
  )
}

/** `entity` has the names of the columns. `tombstones`: the form of the table of deleted rows, if it exists. */
export function tombstoneSteps(entity: Entity, form: TableForm, tombstones: TableForm | undefined): AdoptionStep[] {
  const label = `${form.own.schema}.${escapeIdentifier(tombstoneTable(entity.table).name)}`
  const missing = triggerStatements(entity, form)
  const statements = [
    ...(tombstones ? [] : tableStatements(entity, form, label)),
    ...(missing.length > 0 ? [recordFunction(entity, form, label), ...missing] : []),
  ]
  if (statements.length === 0) return []
  return [{ kind: 'transaction', title: `record deleted rows of ${form.own.label} in ${label}`, statements }]
}

/** The columns that name a row, each once. */
export function rowColumns({ tenantColumn, key }: Entity): string[] {
  return [...new Set([tenantColumn, ...key])]
}

const quoted = (names: readonly string[]): string => names.map((name) => escapeIdentifier(name)).join(', ')

function tableStatements(entity: Entity, form: TableForm, label: string): string[] {
  const { tenantColumn, updatedAtColumn, changeXidColumn } = entity
  const declared = new Map(form.columns.map(({ name, declaration }) => [name, declaration]))
  const columns = rowColumns(entity).map((name) => `${escapeIdentifier(name)} ${declared.get(name) ?? 'text'} NOT NULL`)
  const tracking = [
    `${escapeIdentifier(updatedAtColumn)} timestamptz NOT NULL`,
    `${escapeIdentifier(changeXidColumn)} xid8 NOT NULL`,
  ]
  return [
    `CREATE TABLE ${label} (${[...columns, ...tracking, `PRIMARY KEY (${quoted(rowColumns(entity))})`].join(', ')})`,
    `CREATE INDEX ON ${label} (${quoted([tenantColumn, updatedAtColumn])})`,
    `CREATE INDEX ON ${label} (${quoted([tenantColumn, changeXidColumn])})`,
  ]
}

function functionName({ own }: TableForm): string {
  return `${own.schema}.tidemark_record_delete_${own.id}`
}

/**
 * Writes the key of a deleted row with the rights of the owner, so that a program that deletes rows needs no right to the
 * table of deleted rows. A key that is deleted again replaces its record.
 */
function recordFunction(entity: Entity, form: TableForm, label: string): string {
  const names = rowColumns(entity)
  const columns = quoted([...names, entity.updatedAtColumn, entity.changeXidColumn])
  const [time, xid] = [escapeIdentifier(entity.updatedAtColumn), escapeIdentifier(entity.changeXidColumn)]
  const again = `ON CONFLICT (${quoted(names)}) DO UPDATE SET ${time} = EXCLUDED.${time}, ${xid} = EXCLUDED.${xid}`
  const now = 'clock_timestamp(), pg_current_xact_id()'
  const copy = [`INSERT INTO ${label} (${columns}) SELECT ${quoted(names)}, ${now} FROM `, ` ${again}`]
  const [before, after] = copy.map((text) => escapeLiteral(text))
  const old = names.map((name) => `OLD.${escapeIdentifier(name)}`).join(', ')
  return `CREATE OR REPLACE FUNCTION ${functionName(form)}() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $record$
BEGIN
  IF TG_OP = 'TRUNCATE' THEN
    EXECUTE ${before} || TG_RELID::regclass || ${after};
  ELSE
    INSERT INTO ${label} (${columns}) VALUES (${old}, ${now}) ${again};
  END IF;
  RETURN NULL;
END
$record$`
}

interface WantedTrigger {
  readonly name: string
  readonly relation: Relation
  readonly when: string
}

function triggerStatements(entity: Entity, form: TableForm): string[] {
  return wantedTriggers(entity, form).flatMap(({ name, relation, when }) => {
    const found = relation.triggers.find((trigger) => trigger.name === name)
    const enable = `ALTER TABLE ${relation.label} ENABLE ALWAYS TRIGGER ${name}`
    if (found) return found.enabled === 'A' ? [] : [enable]
    return [`CREATE TRIGGER ${name} ${when} EXECUTE FUNCTION ${functionName(form)}()`, enable]
  })
}

/** A partition gets the triggers for rows from the table above it, but not those for statements. */
function wantedTriggers(entity: Entity, { own, relations }: TableForm): WantedTrigger[] {
  const changed = rowColumns(entity)
    .map((name) => `OLD.${escapeIdentifier(name)} IS DISTINCT FROM NEW.${escapeIdentifier(name)}`)
    .join(' OR ')
  return relations.flatMap((relation) => {
    const { label } = relation
    const ofRows = [
      { name: 'tidemark_record_delete', relation, when: `AFTER DELETE ON ${label} FOR EACH ROW` },
      { name: 'tidemark_record_move', relation, when: `AFTER UPDATE ON ${label} FOR EACH ROW WHEN (${changed})` },
    ]
    const ofTruncate = {
      name: 'tidemark_record_truncate',
      relation,
      when: `BEFORE TRUNCATE ON ${label} FOR EACH STATEMENT`,
    }
    return relation === own || relation.root === null ? [...ofRows, ofTruncate] : [ofTruncate]
  })
}
