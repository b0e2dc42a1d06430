/** Something that differs from what it must be. */
export interface Difference {
  readonly tenantId: string
  readonly path: string
  /** What differs, in a few words. */
  readonly what: string
  readonly expected: string
  readonly found: string
}

/** Something that could not be compared or checked, and why. */
export interface Remark {
  readonly path: string
  readonly reason: string
}

/** What a verification found. */
export interface Report {
  /** The checked files, their bytes and rows. */
  readonly files: number
  readonly bytes: number
  readonly rows: number
  /** Rows of the source that were searched for in the files. */
  readonly sourceRows: number
  readonly differences: readonly Difference[]
  /** Files whose source has changed since, and encrypted files. Everything else about them was checked. */
  readonly notComparable: readonly Remark[]
  /** What could not be checked. */
  readonly notLookedAt: readonly Remark[]
}

/** What one check found. */
export interface Findings {
  differences: Difference[]
  notComparable: Remark[]
  notLookedAt: Remark[]
  rows: number
  sourceRows: number
}

export function noFindings(): Findings {
  return { differences: [], notComparable: [], notLookedAt: [], rows: 0, sourceRows: 0 }
}

export type Differ = (what: string, expected: unknown, found: unknown) => void

/** Adds a difference of one path if what was found is not what was expected. */
export function differ(findings: Findings, tenantId: string, path: string): Differ {
  return (what, expected, found) => {
    const [shownExpected, shownFound] = [shown(expected), shown(found)]
    if (shownExpected === shownFound) return
    findings.differences.push({ tenantId, path, what, expected: shownExpected, found: shownFound })
  }
}

function shown(value: unknown): string {
  if (value instanceof Date) return value.toISOString()
  if (value === undefined || value === null) return 'none'
  return typeof value === 'string' ? value : JSON.stringify(value)
}
