import pg from 'pg'
import { vi } from 'vitest'

/** A statement as the product sent it. */
export interface Statement {
  readonly text: string
  readonly values: readonly unknown[]
}

/** How Postgres carries out a statement. */
export interface Plan {
  readonly statement: string
  /** Tables that are read from end to end. */
  readonly readWhole: readonly string[]
  /** Rows that were looked at, those too that were left out then; only of statements that change nothing. */
  readonly touched: number
}

/** Everything that this process asks of Postgres while `use` goes on. */
export async function statementsOf(use: () => Promise<unknown>): Promise<Statement[]> {
  const statements: Statement[] = []
  const query = vi.spyOn(pg.Client.prototype, 'query')
  try {
    await use()
    for (const [asked, given] of query.mock.calls as unknown as [string | Statement, unknown[] | undefined][]) {
      const { text, values = [] } = typeof asked === 'string' ? { text: asked, values: given } : asked
      if (/^\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b/i.test(text)) statements.push({ text, values })
    }
  } finally {
    query.mockRestore()
  }
  return statements
}

/**
 * Explains statements as far as they go to `tables`; those that only read are carried out, too. Nothing is changed.
 */
export async function explain(
  pool: pg.Pool,
  statements: readonly Statement[],
  tables: readonly string[],
): Promise<Plan[]> {
  const client = await pool.connect()
  const plans: Plan[] = []
  try {
    for (const { text, values } of statements) {
      // A query can read whose transaction it is in.
      await client.query(`BEGIN; SET LOCAL tidemark.tenant = 'tenant-000'`)
      const analyze = /^\s*SELECT/i.test(text) ? 'ANALYZE, ' : ''
      const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
        `EXPLAIN (${analyze}FORMAT JSON) ${text}`,
        [...values],
      )
      await client.query('ROLLBACK')
      const nodes = nodesOf(rows[0]!['QUERY PLAN'][0].Plan).filter((node) =>
        tables.includes(node['Relation Name'] ?? ''),
      )
      plans.push({ statement: text, readWhole: nodes.flatMap(readWhole), touched: sum(nodes.map(touched)) })
    }
  } finally {
    client.release()
  }
  return plans
}

interface PlanNode {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Actual Rows'?: number
  readonly 'Actual Loops'?: number
  readonly 'Rows Removed by Filter'?: number
  readonly 'Rows Removed by Index Recheck'?: number
  readonly Plans?: readonly PlanNode[]
}

function nodesOf(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)]
}

function readWhole(node: PlanNode): string[] {
  return node['Node Type'] === 'Seq Scan' && node['Relation Name'] ? [node['Relation Name']] : []
}

function touched(node: PlanNode): number {
  const each = sum([node['Actual Rows'], node['Rows Removed by Filter'], node['Rows Removed by Index Recheck']])
  return each * (node['Actual Loops'] ?? 0)
}

function sum(numbers: readonly (number | undefined)[]): number {
  return numbers.reduce<number>((total, number) => total + (number ?? 0), 0)
}
