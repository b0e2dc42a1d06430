import type pg from 'pg'
import type { WriterAct, WriteStep } from './steps.js'
import { entities } from './tables.js'

/** A row's state. Each write gives its row a version that no other write of the history gives. */
export interface Version {
  readonly version: number
  readonly deleted: boolean
  readonly updatedAt: Date
}

/** The committed rows of each entity by code, as they are to be: kept beside the tables, to compare with. */
export type Committed = readonly Map<string, Version>[]

interface Change extends Version {
  readonly entity: number
  readonly code: string
}

interface Transaction {
  readonly changes: Change[]
  /** How many changes there were at each savepoint that is still set. */
  readonly savepoints: number[]
  /** Rows that it may have locked. */
  readonly rows: Set<string>
}

const rowKey = (entity: number, code: number | string): string => `${entity}/${code}`

/** A writer with a connection of its own: at most one transaction open, and one prepared. */
export class Writer {
  #open: Transaction | undefined
  #prepared: Transaction | undefined

  constructor(
    private readonly tenantId: string,
    private readonly client: pg.Client,
    private readonly committed: Committed,
    private readonly gid: string,
  ) {}

  /** Whether somebody else would have to wait for a row. */
  holds({ entity, code }: WriteStep): boolean {
    const row = rowKey(entity, code)
    return this.#open?.rows.has(row) === true || this.#prepared?.rows.has(row) === true
  }

  /** Whether the writer itself would: for its own prepared transaction. */
  waitsForItself({ entity, code }: WriteStep): boolean {
    return this.#prepared?.rows.has(rowKey(entity, code)) === true
  }

  async write({ entity, code, deleted }: WriteStep, version: number, updatedAt: Date): Promise<void> {
    if (!this.#open) await this.client.query('BEGIN')
    this.#open ??= { changes: [], savepoints: [], rows: new Set() }
    this.#open.rows.add(rowKey(entity, code))
    this.#open.changes.push({ entity, code: `c${code}`, version, deleted, updatedAt })
    const table = entities[entity]!.name
    await this.client.query({
      name: table,
      text: `INSERT INTO ${table} VALUES ($1, $2, $3, $4, $5, '0') ON CONFLICT (tenant_code, code)
        DO UPDATE SET version = excluded.version, is_deleted = excluded.is_deleted, updated_at = excluded.updated_at`,
      values: [this.tenantId, `c${code}`, version, deleted, updatedAt.toISOString()],
    })
  }

  async act(act: WriterAct): Promise<void> {
    if (act === 'commitPrepared' || act === 'rollbackPrepared') return this.#endPrepared(act === 'commitPrepared')
    const transaction = this.#open
    if (!transaction) return
    switch (act) {
      case 'savepoint':
        await this.client.query(`SAVEPOINT s${transaction.savepoints.length}`)
        transaction.savepoints.push(transaction.changes.length)
        return
      case 'releaseSavepoint':
      case 'rollbackToSavepoint':
        return this.#leaveSavepoint(transaction, act === 'releaseSavepoint')
      case 'prepare':
        return this.#prepare(transaction)
      case 'commit':
      case 'rollback':
        await this.client.query(act)
        this.#open = undefined
        if (act === 'commit') this.#apply(transaction)
    }
  }

  /** Ends what is open, so that all is quiet. */
  async finish(how: 'commit' | 'rollback'): Promise<void> {
    await this.act(how)
    await this.act(how === 'commit' ? 'commitPrepared' : 'rollbackPrepared')
  }

  async #leaveSavepoint({ changes, savepoints }: Transaction, release: boolean): Promise<void> {
    const kept = savepoints.at(-1)
    if (kept === undefined) return
    const name = `s${savepoints.length - 1}`
    await this.client.query(release ? `RELEASE SAVEPOINT ${name}` : `ROLLBACK TO SAVEPOINT ${name}`)
    if (release) savepoints.pop()
    else changes.length = kept
  }

  async #prepare(transaction: Transaction): Promise<void> {
    if (this.#prepared) return
    await this.client.query(`PREPARE TRANSACTION '${this.gid}'`)
    this.#prepared = transaction
    this.#open = undefined
  }

  /** Not possible inside of another transaction of the writer: that one is left for later. */
  async #endPrepared(commit: boolean): Promise<void> {
    const transaction = this.#prepared
    if (!transaction || this.#open) return
    await this.client.query(`${commit ? 'COMMIT' : 'ROLLBACK'} PREPARED '${this.gid}'`)
    this.#prepared = undefined
    if (commit) this.#apply(transaction)
  }

  #apply({ changes }: Transaction): void {
    for (const { entity, code, ...version } of changes) this.committed[entity]!.set(code, version)
  }
}
