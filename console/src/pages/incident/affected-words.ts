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
