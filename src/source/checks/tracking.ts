import { escapeIdentifier } from 'pg'
import type { Entity } from '../../domain/entity.js'
import type { SourceFinding } from '../../domain/source-finding.js'
import type { Relation, Trigger } from './relation.js'
import { call, obstacle, runsOn, setsColumn, type WriteEvent } from './trigger.js'

/**
 * The tables on which no trigger records every change. Their first file would be right, and later ones would lack
 * changes. The column that counts is the one of the transaction: a delta takes a new transaction whatever its time is.
 */
export function trackingFindings(entity: Entity, relations: readonly Relation[]): SourceFinding[] {
  if (entity.changeTracking === 'application') return []
  const findings = trackedTables(entity, relations).flatMap((table) => findingsOf(entity, table))
  return oncePerCause(findings)
}

/** The statements after which triggers record every change, also for sessions in the replica role. Empty if they do. */
export function recordingStatements(entity: Entity, relations: readonly Relation[]): string[] {
  const statements = trackedTables(entity, relations).flatMap((table) => {
    const missed = missedEvents(table)
    if (missed.length > 0) return repair(entity, table, hindered(table, missed))
    return recorders(table)
      .filter(({ enabled }) => enabled === 'O')
      .map((trigger) => enableAlways(table.relation.label, trigger.name))
  })
  return [...new Set(statements)]
}

/** A table that holds rows and gives the column of the transaction. */
interface TrackedTable {
  readonly relation: Relation
  /** The columns of which a trigger has to set one. */
  readonly columns: readonly string[]
}

function trackedTables(entity: Entity, relations: readonly Relation[]): TrackedTable[] {
  const tables = new Map<string, TrackedTable>()
  for (const relation of relations) {
    const { id, kind, isViewed, xidColumns } = relation
    // A look-up table of a view dates nothing. A table that lacks the column is refused for that.
    const columns = xidColumns.includes(entity.changeXidColumn) ? [entity.changeXidColumn] : isViewed ? xidColumns : []
    if (kind !== 'r' || columns.length === 0) continue
    const known = tables.get(id)?.columns ?? []
    tables.set(id, { relation, columns: [...new Set([...known, ...columns])] })
  }
  return [...tables.values()]
}

const events: readonly WriteEvent[] = ['insert', 'update']

function findingsOf(entity: Entity, table: TrackedTable): SourceFinding[] {
  const missed = missedEvents(table)
  if (missed.length > 0) return [untracked(entity, table, missed)]
  return recorders(table).flatMap((trigger) => doubts(table, trigger))
}

function missedEvents(table: TrackedTable): WriteEvent[] {
  return events.flatMap((event) => (recorder(table, event) ? [] : [event]))
}

function recorders(table: TrackedTable): Trigger[] {
  return [...new Set(events.flatMap((event) => recorder(table, event) ?? []))]
}

/** A trigger that records every such write. */
function recorder({ relation, columns }: TrackedTable, event: WriteEvent): Trigger | undefined {
  const good = relation.triggers.filter(
    (trigger) => runsOn(trigger, event) && obstacle(trigger, event, relation) === undefined,
  )
  return (
    good.find((trigger) => setsColumn(trigger, columns) === 'yes') ??
    good.find((trigger) => setsColumn(trigger, columns) === 'unknown')
  )
}

function untracked(entity: Entity, table: TrackedTable, missed: readonly WriteEvent[]): SourceFinding {
  const { relation, columns } = table
  const when = `when a row is ${missed.map((event) => ({ insert: 'inserted', update: 'updated' })[event]).join(' or ')}`
  const first = hindered(table, missed)
  const why = first ? `: the trigger ${first.trigger.name} ${first.reason}` : ''
  return {
    severity: 'refuse',
    code: 'SOURCE_CHANGES_UNTRACKED',
    everyFile: false,
    table: relation.label,
    cause: `no trigger sets ${columns.join(' or ')} ${when}${why}. Later files would lack such changes`,
    fix: repair(entity, table, first).join('; '),
  }
}

interface Hindered {
  readonly trigger: Trigger
  readonly reason: string
}

/** The first trigger that would record such writes if something did not prevent it. */
function hindered({ relation, columns }: TrackedTable, missed: readonly WriteEvent[]): Hindered | undefined {
  const [first] = missed.flatMap((event) => {
    const trigger = relation.triggers.find((each) => runsOn(each, event) && setsColumn(each, columns) === 'yes')
    const reason = trigger && obstacle(trigger, event, relation)
    return trigger && reason !== undefined ? [{ trigger, reason }] : []
  })
  return first
}

function repair(entity: Entity, table: TrackedTable, first: Hindered | undefined): string[] {
  return first ? repaired(table.relation, first.trigger) : newTrigger(entity, table)
}

function enableAlways(label: string, trigger: string): string {
  return `ALTER TABLE ${label} ENABLE ALWAYS TRIGGER ${escapeIdentifier(trigger)}`
}

/** Enabling is enough for one that is only switched off. */
function repaired(relation: Relation, trigger: Trigger): string[] {
  const enable = enableAlways(relation.label, trigger.name)
  const enabled: Trigger = { ...trigger, enabled: 'A' }
  const suffices = events.every((event) => !runsOn(enabled, event) || obstacle(enabled, event, relation) === undefined)
  if (suffices) return [enable]
  return [`CREATE OR REPLACE ${triggerText(trigger.name, relation, call(trigger.definition))}`, enable]
}

function newTrigger(entity: Entity, { relation, columns }: TrackedTable): string[] {
  // One function serves all tables with the usual columns. Another table must not take its place.
  const usual = !relation.isViewed && columns[0] === 'change_xid' && entity.updatedAtColumn === 'updated_at'
  const name = usual ? 'tidemark_record_change' : `tidemark_record_change_${relation.id}`
  const [xid = ''] = columns
  const at = relation.isViewed ? '' : setTime(escapeIdentifier(entity.updatedAtColumn))
  const body = `BEGIN NEW.${escapeIdentifier(xid)} := pg_current_xact_id(); ${at}RETURN NEW; END`
  const table = relation.root ?? relation.label
  return [
    `CREATE OR REPLACE FUNCTION ${relation.schema}.${name}() RETURNS trigger LANGUAGE plpgsql AS $$ ${body} $$`,
    `CREATE ${triggerText(name, { ...relation, label: table }, `${relation.schema}.${name}()`)}`,
    enableAlways(table, name),
  ]
}

/** As the trigger of the sample source does it: prisma/source/README.md has the reasons. */
function setTime(column: string): string {
  const isLater = `NEW.${column} > clock_timestamp()`
  return `IF TG_OP = 'UPDATE' OR NEW.${column} IS NULL OR ${isLater} THEN NEW.${column} := clock_timestamp(); END IF; `
}

function triggerText(name: string, { label }: Relation, calls: string): string {
  return `TRIGGER ${escapeIdentifier(name)} BEFORE INSERT OR UPDATE ON ${label} FOR EACH ROW EXECUTE FUNCTION ${calls}`
}

/** What makes it unsure that a trigger records every write, although it looks right. */
function doubts({ relation, columns }: TrackedTable, trigger: Trigger): SourceFinding[] {
  const about = { severity: 'warn', code: 'SOURCE_TRIGGER_UNSURE', table: relation.label } as const
  const enable = enableAlways(relation.label, trigger.name)
  const origin = {
    ...about,
    cause: `the trigger ${trigger.name} does not run for sessions in the replica role, which replication tools use`,
    fix: enable,
  }
  const opaque = {
    ...about,
    cause: `the function of the trigger ${trigger.name} is written in C, so Tidemark cannot tell whether it sets ${columns.join(' or ')}`,
    fix: 'check it by hand',
  }
  return [...(trigger.enabled === 'O' ? [origin] : []), ...(setsColumn(trigger, columns) === 'unknown' ? [opaque] : [])]
}

/** A thousand partitions that lack one trigger are one finding. */
function oncePerCause(findings: readonly SourceFinding[]): SourceFinding[] {
  return findings.flatMap((finding, index) => {
    const same = findings.filter(({ cause }) => cause === finding.cause)
    if (same.length === 1) return finding
    const isFirst = findings.findIndex(({ cause }) => cause === finding.cause) === index
    return isFirst ? { ...finding, table: `${finding.table} and ${same.length - 1} more` } : []
  })
}
