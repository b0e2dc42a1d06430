interface Line {
  readonly isFinal: boolean
  readonly runId?: string | null
  readonly endedAt?: string | null
}

/** Whether something is still affected, and whether Tidemark still tries. */
export function affectedState({ isFinal, runId, endedAt }: Line): {
  readonly word: string
  readonly tone: 'good' | 'bad' | 'warn'
} {
  if (endedAt != null) return { word: 'Ended', tone: 'good' }
  if (isFinal) return { word: 'No further attempt', tone: 'bad' }
  return { word: runId == null ? 'Affected' : 'Attempts continue', tone: 'warn' }
}

interface Columns extends Pick<Line, 'runId'> {
  readonly entity?: string | null
  readonly since?: string | null
  readonly attempts: number
}

/** The columns of the list of what is affected that have no value in any line. */
export function emptyColumns(lines: readonly Columns[]): ReadonlySet<string> {
  return new Set([
    ...(lines.every(({ entity }) => entity == null) ? ['entity'] : []),
    ...(lines.every(({ runId }) => runId == null) ? ['run'] : []),
    ...(lines.every(({ since }) => since == null) ? ['since'] : []),
    ...(lines.every(({ attempts }) => attempts === 0) ? ['attempts'] : []),
  ])
}
