import type { Relation, Trigger } from './relation.js'

/** What a trigger runs on, as bits of `pg_trigger.tgtype`. */
const bits = { row: 1, before: 2, insert: 4, update: 16 }

export type WriteEvent = 'insert' | 'update'

/** An update that changes nothing need not be delivered. */
const anyChange: ReadonlySet<string> = new Set(['old.* IS DISTINCT FROM new.*', '(old.* IS DISTINCT FROM new.*)'])

export function runsOn({ type }: Trigger, event: WriteEvent): boolean {
  return (type & bits[event]) !== 0
}

/**
 * Whether the trigger sets one of the columns, as far as its text says: the function or its arguments name the column. A
 * function in C has no text, which leaves it open.
 */
export function setsColumn({ source, definition }: Trigger, columns: readonly string[]): 'yes' | 'no' | 'unknown' {
  const text = `${source ?? ''} ${call(definition)}`.toLowerCase()
  if (columns.some((column) => text.includes(column.toLowerCase()))) return 'yes'
  return source === null ? 'unknown' : 'no'
}

/** Why the trigger misses writes to the table; undefined where it misses none. */
export function obstacle(trigger: Trigger, event: WriteEvent, { isSubscribed }: Relation): string | undefined {
  const { type, enabled, ofColumns, definition } = trigger
  if ((type & bits.row) === 0 || (type & bits.before) === 0) return 'does not run before each row, so it cannot set it'
  if (enabled === 'D') return 'is disabled'
  if (enabled === 'R') return 'runs only for what replication writes'
  if (enabled === 'O' && isSubscribed) return 'does not run for what the subscription of the table writes'
  if (event === 'update' && ofColumns) return 'runs only for updates that name certain columns'
  const condition = conditionOf(definition)
  if (condition !== undefined && !anyChange.has(condition)) return `runs only when ${condition}`
  return undefined
}

const calls = ' EXECUTE FUNCTION '
const asks = ' WHEN ('

/** The function that the trigger calls, with its arguments. */
export function call(definition: string): string {
  return definition.slice(definition.lastIndexOf(calls) + calls.length)
}

/** What the trigger asks for before it runs, without the outer parentheses. */
function conditionOf(definition: string): string | undefined {
  const from = definition.indexOf(asks)
  const end = definition.lastIndexOf(calls) - 1
  return from === -1 || from > end ? undefined : definition.slice(from + asks.length, end)
}
