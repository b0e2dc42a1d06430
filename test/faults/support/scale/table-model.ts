import { ExportError } from '../../../../src/domain/errors.js'
import type { RowBlock } from '../../../../src/domain/rows.js'
import type { Extraction, Snapshot, Source } from '../../../../src/source/source.js'
import { rowBlock } from '../../../support/postgres/row-block.js'
import type { Dice } from './dice.js'

/** The clock of the source: stories have days that are yet to come. */
const afterStory = new Date('2100-01-01')

/** A row as it is now. */
export interface ModelRow {
  readonly version: number
  readonly updatedAt: Date
  /** The transaction that changed it last. */
  readonly xid: number
}

const codes = 40
const dayMs = 86_400_000
const identity = { systemIdentifier: '7000000000000000001/16384', timeline: 1 }

/** The source's tables of one tenant, in memory, read by the rule that promise 2 states. */
export interface TableModel {
  readonly source: Source
  /** The rows of an entity by code. */
  rows(entity: string): ReadonlyMap<string, ModelRow>
  /** What a day brings: new rows and changes, dated on that day; now and then one that is dated the day before. */
  passDay(day: Date): void
}

export function createTableModel(entities: readonly string[], dice: Dice): TableModel {
  const tables = new Map(entities.map((entity) => [entity, new Map<string, ModelRow>()]))
  let lastXid = 1000
  const table = (entity: string) => tables.get(entity)!

  const snapshot = (): string => `${lastXid + 1}:${lastXid + 1}:`
  const matching = (extraction: Extraction): string[][] =>
    [...table(extraction.entity.name)].flatMap(([code, row]) =>
      isInWindow(row, extraction) ? [extraction.entity.columns.map(({ name }) => valueOf(name, code, row))] : [],
    )
  const open = (extraction: Extraction): Snapshot => {
    const rows = matching(extraction)
    const read = { snapshot: snapshot(), nextXid: String(lastXid + 1), ...identity }
    return { ...read, types: {}, sourceRows: () => rows.length, blocks: oneBlock(rows) }
  }
  return {
    rows: table,
    passDay: (day) => {
      for (const entity of entities) {
        for (let left = dice.upTo(4); left > 0; left--) {
          const xid = ++lastXid
          // Dated the day before: its transaction was open while the day's file was read.
          const start = day.getTime() - (dice.percent(20) ? dayMs : 0)
          const updatedAt = new Date(start + dice.upTo(dayMs))
          table(entity).set(`c${dice.upTo(codes)}`, { version: xid, updatedAt, xid })
        }
      }
    },
    source: {
      identity: async () => ({ ...identity, nextXid: String(lastXid + 1), now: afterStory }),
      check: async () => [],
      checkDatabase: async () => [],
      read: async (extraction, signal, use) => {
        if (signal.aborted) throw new ExportError('CANCELLED', 'The read was cancelled.')
        return use(open(extraction))
      },
      readTogether: async (extractions, signal, reader) => {
        if (signal.aborted) throw new ExportError('CANCELLED', 'The read was cancelled.')
        for (const [index, extraction] of extractions.entries()) await reader.use(index, open(extraction))
      },
      [Symbol.asyncDispose]: async () => undefined,
    },
  }
}

function valueOf(column: string, code: string, { version }: ModelRow): string {
  return { code, version: String(version) }[column] ?? `note ${version}`
}

function isInWindow(row: ModelRow, extraction: Extraction): boolean {
  if (row.updatedAt >= extraction.to) return false
  if (extraction.visibleIn !== undefined && !sees(extraction.visibleIn, row)) return false
  return extraction.mode === 'full' || row.updatedAt >= extraction.from || !sees(extraction.snapshot, row)
}

/** Here transactions commit in the order of their ids, so that a snapshot is a number. */
function sees(snapshot: string, { xid }: ModelRow): boolean {
  return xid < Number(snapshot.split(':')[1])
}

async function* oneBlock(rows: string[][]): AsyncGenerator<RowBlock> {
  if (rows.length > 0) yield rowBlock(rows)
}
