import type { ScheduleDescription, ScheduleUpdateOptions } from '@temporalio/client'
import { ExportError } from '../domain/errors.js'

/** The id of the installation that has written a schedule; undefined for one of an earlier release. */
export function installationOf({ action }: Pick<ScheduleDescription, 'action'>): string | undefined {
  const id = action.memo?.['installation']
  return typeof id === 'string' ? id : undefined
}

/** The same schedule, which then belongs to the installation. */
export function withInstallation(found: ScheduleDescription, installation: string): ScheduleUpdateOptions {
  const memo = { ...found.action.memo, installation }
  return { ...found, action: { ...found.action, memo } }
}

export function otherInstallation(what: string, theirs: string, ours: string): ExportError {
  const message = `In Temporal, ${what} belongs to installation ${theirs}. This database is that of installation ${ours}.`
  return new ExportError('INSTALLATION_MISMATCH', message)
}
