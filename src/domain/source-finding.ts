import { ExportError, type ExportErrorCode } from './errors.js'

/** What makes a read of a source table fail. */
export type SourceRefusalCode = Extract<
  ExportErrorCode,
  'SOURCE_SCHEMA_MISMATCH' | 'SOURCE_ROWS_HIDDEN' | 'SOURCE_ROWS_UNDECIDED' | 'SOURCE_CHANGES_UNTRACKED'
>

/** What a check warns of: files are delivered all the same. */
export const sourceWarnings = {
  SOURCE_VIEW_UNCLEAR: 'The catalogs of Postgres do not say whether the view shows every row and every change.',
  SOURCE_TRIGGER_UNSURE: 'The trigger may miss writes, or Tidemark cannot tell what it does.',
  SOURCE_INDEX_MISSING: 'A delta reads the whole table, because an index is missing.',
  SOURCE_KEY_NOT_UNIQUE: 'Two rows may have the same key. A tenant that merges files by key keeps one of them.',
  SOURCE_TENANT_MISSING: 'A row may have no tenant. Such a row is in no file of any tenant.',
  SOURCE_ROWS_AHEAD: 'Rows are dated in the future. They are delivered only when that time has come.',
  SOURCE_ROWS_NOT_COUNTED: 'Counting the rows without a time or a transaction took too long.',
  SOURCE_ROWS_NOT_DURABLE: 'Postgres empties the table after a crash.',
  SOURCE_ORDER_CHANGED: 'The rules for sorting text changed, so an index may no longer find every row.',
  SOURCE_LOGIN_MAY_WRITE: 'The login of the export may change the table.',
  SOURCE_RESTORE_UNSEEN: 'The source does not reveal its timeline, so a restore from a backup cannot be detected.',
  SOURCE_SETTING: 'A setting of the source, which the login cannot change, may end a read or change its values.',
} as const

export type SourceWarningCode = keyof typeof sourceWarnings

/** Something about a source table that loses rows, or may lose them, or makes reads slow. */
export type SourceFinding = {
  /** The table as SQL names it, or the database. */
  readonly table: string
  readonly cause: string
  /** The statement, or the step, that ends it. */
  readonly fix: string
} & (
  | {
      readonly severity: 'refuse'
      readonly code: SourceRefusalCode
      /** False: only the first file of an entity is refused; later ones are delivered, and an operator is alerted. */
      readonly everyFile: boolean
    }
  | { readonly severity: 'warn'; readonly code: SourceWarningCode }
)

export type SourceRefusal = Extract<SourceFinding, { severity: 'refuse' }>
export type SourceWarning = Extract<SourceFinding, { severity: 'warn' }>

export function isRefusal(finding: SourceFinding): finding is SourceRefusal {
  return finding.severity === 'refuse'
}

/** A finding as a sentence for a log or an error. */
export function inWords({ table, cause, fix }: SourceFinding): string {
  return `${table}: ${cause}. To fix it: ${fix}`
}

/** The error of a read that the refusals forbid. Undefined if there are no refusals. */
export function refusalError(refusals: readonly SourceRefusal[]): ExportError | undefined {
  const [first] = refusals
  return first && new ExportError(first.code, refusals.map(inWords).join('; '))
}
