import type { ReportedProgress } from '../src/database/run-progress.js'
import { asExportError } from '../src/domain/errors.js'
import type { Claim } from '../src/domain/publication.js'
import type { ActivityDependencies } from './dependencies.js'
import type { Progress } from './progress-meter.js'

/** Writes the progress of one attempt to the database. The work never waits for it, except after it has failed. */
export interface ProgressRecord {
  /** From now on progress is written, for the holder of this claim. */
  begin(claim: Claim): void
  /** Writes the progress unless it is on record, or a write is in progress. If it fails, the next call writes it. */
  write(progress: Progress): void
  /** After the attempt has failed: its rows and bytes no longer count. */
  discard(): Promise<void>
}

export function progressRecord({ runs, events }: Pick<ActivityDependencies, 'runs' | 'events'>): ProgressRecord {
  let claim: Claim | undefined
  let written: ReportedProgress | undefined
  let underWay: Promise<void> | undefined
  let isFailing = false

  const record = async (held: Claim, progress: ReportedProgress): Promise<void> => {
    try {
      // A stale attempt writes nothing, and stops.
      if (!(await runs.recordProgress(held, progress))) claim = undefined
      written = progress
      isFailing = false
    } catch (error) {
      if (!isFailing) events.progressNotRecorded(held, asExportError(error))
      isFailing = true
    }
  }
  return {
    begin: (held) => {
      claim = held
    },
    write: (progress) => {
      const next = reported(progress)
      if (!claim || underWay || (written && isSame(written, next))) return
      underWay = record(claim, next).finally(() => {
        underWay = undefined
      })
    },
    discard: async () => {
      const held = claim
      claim = undefined
      await underWay
      if (held) await record(held, { ...nothing, changedAt: new Date() })
    },
  }
}

function reported({ entity: _entity, changedAt, rows, bytes, ...progress }: Progress): ReportedProgress {
  return { ...progress, rows: BigInt(rows), bytes: BigInt(bytes), changedAt: new Date(changedAt) }
}

function isSame(one: ReportedProgress, other: ReportedProgress): boolean {
  const names = ['step', 'rows', 'bytes', 'rowsPerSecond', 'bytesPerSecond'] as const
  return names.every((name) => one[name] === other[name])
}

const nothing = { step: null, rows: 0n, bytes: 0n, rowsPerSecond: 0, bytesPerSecond: 0 }
