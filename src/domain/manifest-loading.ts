import { changeTypeColumn } from './change-type.js'
import type { Delivery } from './delivery.js'
import { deletedColumn, type Entity } from './entity.js'

/** How a loader applies a file that it has not loaded: it replaces the content of the table, or merges the rows by key. */
export type ChangeSemantics = 'replace-table' | 'upsert-by-key'

/**
 * What a loader does with a file whose sequence number is not higher than that of the last file it has loaded: nothing, or it
 * merges the rows, except where the row in the table has a later time of change.
 */
export type RepeatSemantics = 'skip' | 'upsert-by-key-unless-newer'

/**
 * How to load a file, in words that a program can use. It has the facts of the delivery again, so that a loader needs no other
 * field of the manifest that is not of the specification.
 */
export function loadingOf(entity: Entity | undefined, file: Delivery): object {
  const { load } = file
  const isFull = load.mode === 'FULL'
  const changeSemantics: ChangeSemantics = isFull ? 'replace-table' : 'upsert-by-key'
  // A redelivered file lacks the rows that have changed since then, so it must not undo a later file.
  const ifAlreadyLoaded: RepeatSemantics = file.redelivered ? 'upsert-by-key-unless-newer' : 'skip'
  const names = columnNames(file)
  const present = (name: string | undefined): string | null => (name !== undefined && names.has(name) ? name : null)
  return {
    version: 1,
    entity: file.entity,
    mode: isFull ? 'full' : 'delta',
    from: isFull ? null : load.from.toISOString(),
    to: file.to.toISOString(),
    sequence: file.sequence,
    previousSequence: isFull ? null : load.previous,
    revision: file.revision,
    schemaVersion: file.schemaVersion,
    redelivered: file.redelivered,
    changeSemantics,
    ifAlreadyLoaded,
    versionColumn: present(entity?.updatedAtColumn),
    deletedColumn: present(deletedColumn),
    changeTypeColumn: file.format.changeType ? present(changeTypeColumn.name) : null,
    nullValue: '',
    emptyString: '""',
  }
}

function columnNames({ columns }: Delivery): ReadonlySet<string> {
  return new Set(columns.split(',').map((column) => column.split(':')[0] ?? ''))
}
