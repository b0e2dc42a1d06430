import fc from 'fast-check'
import type pg from 'pg'
import type { Entity } from '../../src/domain/entity.js'
import type { Extent } from '../../src/domain/window.js'
import type { Extraction } from '../../src/source/source.js'

/** Random histories: a source table with several writers, and the files that are made of it meanwhile. */

export const notes: Entity = {
  name: 'notes',
  displayName: 'notes',
  description: 'A table for random histories.',
  kind: 'snapshot',
  table: { schema: 'public', name: 'notes' },
  tenantColumn: 'tenant_code',
  updatedAtColumn: 'updated_at',
  changeXidColumn: 'change_xid',
  key: ['code'],
  columns: [
    { name: 'code', type: 'string', description: '', nullable: false },
    { name: 'version', type: 'integer', description: '', nullable: false },
  ],
}

/** Its trigger keeps the transaction alone, so that a writer may give any `updated_at`: back-dated, or in the future. */
export const notesTable = `
  CREATE TABLE notes (
    tenant_code text, code text, version int NOT NULL, updated_at timestamptz NOT NULL, change_xid xid8 NOT NULL,
    PRIMARY KEY (tenant_code, code));
  CREATE INDEX ON notes (tenant_code, updated_at);
  CREATE INDEX ON notes (tenant_code, change_xid);
  CREATE FUNCTION keep_xid() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN NEW.change_xid := pg_current_xact_id(); RETURN NEW; END $$;
  CREATE TRIGGER keep_xid BEFORE INSERT OR UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION keep_xid();`

export const writerCount = 3
const codeCount = 4

type Export = 'next' | 'sameDay' | 'failed'
type WriterStep = 'savepoint' | 'rollbackToSavepoint' | 'commit' | 'rollback'
export type Step =
  | { readonly kind: 'write'; readonly writer: number; readonly code: number; readonly skewMs: number }
  | { readonly kind: WriterStep; readonly writer: number }
  /** The next file, a later revision of the last one, or one that is read but never published. */
  | { readonly kind: Export; readonly skewMs: number }

const writer = fc.nat(writerCount - 1)
const write = fc.record({
  kind: fc.constant('write' as const),
  writer,
  code: fc.nat(codeCount - 1),
  skewMs: fc.constantFrom(-3_600_000, -5, -1, 0, 0, 0, 1, 5, 3_600_000),
})
const writerStep = fc.record({
  kind: fc.constantFrom<WriterStep[]>('savepoint', 'rollbackToSavepoint', 'commit', 'commit', 'commit', 'rollback'),
  writer,
})
const exportStep = fc.record({
  kind: fc.constantFrom<Export[]>('next', 'next', 'sameDay', 'failed'),
  skewMs: fc.integer({ min: -20, max: 20 }),
})

export const history: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof({ weight: 6, arbitrary: write }, { weight: 5, arbitrary: writerStep }, { weight: 3, arbitrary: exportStep }),
  { minLength: 5, maxLength: 40 },
)

/** A row as a file has it. Each write gives its row a version that no other write gives. */
export type Row = readonly [code: string, version: string]

export interface MadeFile {
  readonly extent: Extent
  readonly to: Date
  readonly snapshot: string
  readonly rows: readonly Row[]
}

export interface Outcome {
  /** The published files in order, each in its last revision; the last one was made when all was quiet. */
  readonly files: readonly MadeFile[]
  /** The source at the end, by code. */
  readonly source: readonly Row[]
}

export type Extract = (extraction: Extraction) => Promise<{ rows: Row[]; snapshot: string }>

/** Plays a history for a tenant of its own. A writer that would have to wait for another one's row leaves it out. */
export async function play(
  tenantId: string,
  steps: readonly Step[],
  clients: readonly pg.Client[],
  extract: Extract,
): Promise<Outcome> {
  const writers = clients.map((client) => new Writer(tenantId, client))
  const exporter = new Exporter(tenantId, extract)
  for (const [index, step] of steps.entries()) {
    if (!('writer' in step)) await exporter.make(step.kind, step.skewMs)
    else if (step.kind !== 'write') await writers[step.writer]?.[step.kind]()
    else if (writers.every((other, who) => who === step.writer || !other.holds(step.code))) {
      await writers[step.writer]?.write(step.code, index + 1, step.skewMs)
    }
  }
  for (const each of writers) await each.commit()
  await exporter.make('next', 24 * 3_600_000)
  return { files: exporter.files, source: (await writers[0]?.table()) ?? [] }
}

class Writer {
  #begun = false
  #savepoint = false
  readonly #codes = new Set<number>()

  constructor(
    private readonly tenantId: string,
    private readonly client: pg.Client,
  ) {}

  holds(code: number): boolean {
    return this.#codes.has(code)
  }

  async write(code: number, version: number, skewMs: number): Promise<void> {
    if (!this.#begun) await this.client.query('BEGIN')
    this.#begun = true
    this.#codes.add(code)
    await this.client.query(
      `INSERT INTO notes VALUES ($1, $2, $3, clock_timestamp() + $4 * interval '1 ms', '0')
       ON CONFLICT (tenant_code, code) DO UPDATE SET version = excluded.version, updated_at = excluded.updated_at`,
      [this.tenantId, `c${code}`, version, skewMs],
    )
  }

  async savepoint(): Promise<void> {
    if (!this.#begun) return
    await this.client.query('SAVEPOINT s')
    this.#savepoint = true
  }

  async rollbackToSavepoint(): Promise<void> {
    if (this.#savepoint) await this.client.query('ROLLBACK TO SAVEPOINT s')
  }

  commit(): Promise<void> {
    return this.#end('COMMIT')
  }

  rollback(): Promise<void> {
    return this.#end('ROLLBACK')
  }

  async table(): Promise<Row[]> {
    const text = 'SELECT code, version::text FROM notes WHERE tenant_code = $1 ORDER BY code'
    const { rows } = await this.client.query<[string, string]>({ text, values: [this.tenantId], rowMode: 'array' })
    return rows
  }

  async #end(how: 'COMMIT' | 'ROLLBACK'): Promise<void> {
    if (this.#begun) await this.client.query(how)
    this.#begun = false
    this.#savepoint = false
    this.#codes.clear()
  }
}

class Exporter {
  readonly files: MadeFile[] = []

  constructor(
    private readonly tenantId: string,
    private readonly extract: Extract,
  ) {}

  async make(kind: Export, skewMs: number): Promise<void> {
    const last = this.files.at(-1)
    const to = new Date(Date.now() + skewMs)
    if (last && to <= last.to) return
    const extent = kind === 'sameDay' && last ? last.extent : nextExtent(last)
    const { rows, snapshot } = await this.extract(extraction(this.tenantId, to, extent))
    if (kind === 'failed') return
    if (kind === 'sameDay') this.files.pop()
    this.files.push({ extent, to, snapshot, rows })
  }
}

function nextExtent(last: MadeFile | undefined): Extent {
  if (!last) return { mode: 'FULL', reason: 'FIRST' }
  return { mode: 'DELTA', from: last.to, baseSnapshot: last.snapshot, previous: 0 }
}

function extraction(tenantId: string, to: Date, extent: Extent): Extraction {
  return extent.mode === 'FULL'
    ? { entity: notes, tenantId, to, mode: 'full' }
    : { entity: notes, tenantId, to, mode: 'delta', from: extent.from, snapshot: extent.baseSnapshot }
}
