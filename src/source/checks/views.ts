import type { ClientBase } from 'pg'
import type { SourceWarning } from '../../domain/source-finding.js'
import type { Relation } from './relation.js'

interface View {
  readonly label: string
  readonly definition: string
  /** Functions of its own that may read tables or differ from time to time. */
  readonly functions: readonly string[]
}

/** Functions that come with Postgres are not on record, and need not be: they are found by name below. */
const question = `
  SELECT format('%I.%I', n.nspname, c.relname) AS label, pg_get_viewdef(c.oid) AS definition,
    ARRAY(SELECT DISTINCT p.oid::regprocedure::text FROM pg_rewrite w
      JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_proc'::regclass
      JOIN pg_proc p ON p.oid = d.refobjid AND p.provolatile <> 'i' WHERE w.ev_class = c.oid) AS functions
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = ANY ($1::oid[]) ORDER BY label`

/** What may keep a view from showing every row and every change, as far as the catalogs and its text say. */
export async function viewFindings(client: ClientBase, relations: readonly Relation[]): Promise<SourceWarning[]> {
  const ids = relations.filter(({ kind }) => kind === 'v').map(({ id }) => id)
  if (ids.length === 0) return []
  const { rows } = await client.query<View>(question, [[...new Set(ids)]])
  return [...rows.flatMap(textFindings), ...tableFindings(relations)]
}

const suspects: readonly { pattern: RegExp; cause: string; fix: string }[] = [
  {
    pattern:
      /\b(current_setting|pg_has_role|has_\w+_privilege|inet_client_addr)\(|\b(CURRENT_USER|SESSION_USER|CURRENT_ROLE|USER)\b/,
    cause: 'depends on the current user, so it may show fewer rows to the login of the export',
    fix: 'compare what the login sees with all rows, or name a view without that in the catalog',
  },
  {
    pattern:
      /\b(now|clock_timestamp|statement_timestamp|transaction_timestamp|random)\(\)|\b(CURRENT_TIMESTAMP|CURRENT_DATE|CURRENT_TIME|LOCALTIMESTAMP|LOCALTIME)\b/,
    cause: 'depends on the current time, so rows may appear and disappear without a change that a delta would find',
    fix: 'name a view without that in the catalog',
  },
  {
    pattern: /\b(LIMIT|OFFSET|FETCH FIRST|TABLESAMPLE)\b/,
    cause: 'shows a part of the rows alone',
    fix: 'name a view without that in the catalog',
  },
]

function textFindings({ label, definition, functions }: View): SourceWarning[] {
  const text = definition.replaceAll(/'(?:[^']|'')*'|"(?:[^"]|"")*"/g, '')
  const calls = {
    cause: `calls ${functions.join(', ')}, and the catalogs do not say what is read there`,
    fix: 'check by hand that every change reaches its tables with a trigger, and that no row is hidden',
  }
  const found = suspects.flatMap(({ pattern, cause, fix }) => {
    const match = pattern.exec(text)
    return match ? [{ cause: `${cause} (${match[0].replace('()', '').replace('(', '')})`, fix }] : []
  })
  return [...found, ...(functions.length > 0 ? [calls] : [])].map(({ cause, fix }) =>
    unclear(label, `the view ${cause}`, fix),
  )
}

function unclear(table: string, cause: string, fix: string): SourceWarning {
  return { severity: 'warn', code: 'SOURCE_VIEW_UNCLEAR', table, cause, fix }
}

/** Tables whose changes the view does not date, and views whose tables cannot be followed. */
function tableFindings(relations: readonly Relation[]): SourceWarning[] {
  const own = relations.find(({ way }) => way === 'own')
  if (own?.kind !== 'v') return []
  const tables = relations.filter(({ kind, way }) => kind !== 'v' && way === 'view')
  const dating = new Set(tables.filter(({ xidColumns }) => xidColumns.length > 0).map(({ label }) => label))
  if (dating.size === 0) {
    const cause =
      'no table below the view gives a column of type xid8, so nothing says which changes a delta would find'
    return [unclear(own.label, cause, 'take the two columns from a table that has the trigger')]
  }
  const others = new Set(tables.map(({ label }) => label).filter((label) => !dating.has(label)))
  return [...others].map((label) =>
    unclear(
      own.label,
      `the view also reads ${label}, which gives no column of type xid8. A change there alone is in no file`,
      'let the view take the later time and transaction of both tables, or export the tables one by one',
    ),
  )
}
