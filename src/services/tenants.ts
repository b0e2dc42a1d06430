import { scheduleId } from '../contracts.js'
import type { TenantSummary, TenantSummaryStore } from '../database/operations/tenant-summaries.js'
import { nextBoundary } from '../domain/calendar.js'
import type { Catalog } from '../domain/entity.js'
import { isLeftPaused, type Lateness, latenessOf } from '../domain/lateness.js'
import type { RunError } from '../domain/run.js'
import { InvalidPageError, type PageArguments, pageLimits } from './page.js'
import type { ScheduleState } from './registrations/registration-view.js'

/** A tenant's export, as an operator sees it. */
export interface TenantState extends Omit<TenantSummary, 'graceMinutes'>, Lateness {
  readonly graceMinutes: number
  readonly scheduleId: string
  readonly scheduleState: ScheduleState
  /** The next boundary; null while the export is disabled or paused, also by an operator in Temporal. */
  readonly nextRunAt: Date | null
  /** The most frequent error of the last run; null unless the tenant is failing. */
  readonly cause: RunError | null
  readonly isFailing: boolean
  /** Paused by the tenant, or in Temporal by an operator. */
  readonly isPaused: boolean
  readonly isLeftPaused: boolean
  /** Whether Temporal has missed or skipped a run since the last success. */
  readonly hasMissedRuns: boolean
}

export interface TenantFilter {
  readonly overdue?: boolean | null | undefined
  readonly failing?: boolean | null | undefined
  readonly paused?: boolean | null | undefined
  /** A part of the tenant's id, in any case. */
  readonly search?: string | null | undefined
}

/** A page in the order of the tenants' ids. */
export interface TenantPage {
  readonly edges: readonly { readonly cursor: string; readonly node: TenantState }[]
  readonly totalCount: number
  readonly hasNextPage: boolean
  readonly hasPreviousPage: boolean
}

/** Reads of all tenants, for the platform's operators. */
export interface Tenants {
  /** All registered tenants, by their ids. */
  list(): Promise<TenantState[]>
  /** All that the filter selects, by their ids. */
  matching(filter: TenantFilter): Promise<TenantState[]>
  find(tenantId: string): Promise<TenantState | undefined>
  /** @throws InvalidPageError */
  page(filter: TenantFilter, page: PageArguments): Promise<TenantPage>
}

export interface TenantsDependencies {
  readonly catalog: Catalog
  readonly tenantSummaries: TenantSummaryStore
  readonly lateness: LatenessSettings
}

export interface LatenessSettings {
  /** How long files may take after a boundary, in minutes, unless the tenant has a grace of its own. */
  readonly graceMinutes: number
  /** After how many days a tenant's pause is reported; 0: never. */
  readonly pausedReminderDays: number
}

export function createTenants({ catalog, tenantSummaries, lateness }: TenantsDependencies): Tenants {
  const entities = catalog.entities.map(({ name }) => name)
  const list = async (): Promise<TenantState[]> => {
    const summaries = await tenantSummaries.all(entities)
    const now = new Date()
    return summaries.map((summary) => stateOf(summary, lateness, now))
  }
  const matching = async (filter: TenantFilter): Promise<TenantState[]> =>
    (await list()).filter((tenant) => isWanted(tenant, filter))
  return {
    list,
    matching,
    find: async (tenantId) => {
      const summary = await tenantSummaries.find(tenantId, entities)
      return summary && stateOf(summary, lateness, new Date())
    },
    page: async (filter, page) => {
      const window = windowOf(page)
      return pageOfTenants(await matching(filter), window)
    },
  }
}

function stateOf(summary: TenantSummary, settings: LatenessSettings, now: Date): TenantState {
  const { tenantId, frequency, pausedAt, pausedNote, exportOption, version, scheduledVersion } = summary
  const { causeCode, missedAt, lastSuccessAt } = summary
  const isPaused = pausedAt !== null || pausedNote !== null
  const isOff = exportOption === 'DISABLE_EXPORT' || isPaused
  const upToDate = scheduledVersion !== null && scheduledVersion >= version
  const graceMinutes = summary.graceMinutes ?? settings.graceMinutes
  return {
    ...summary,
    ...latenessOf({ ...summary, graceMinutes }, now),
    graceMinutes,
    scheduleId: scheduleId(tenantId),
    scheduleState: upToDate ? (isOff ? 'PAUSED' : 'ACTIVE') : 'PENDING',
    nextRunAt: isOff ? null : nextBoundary(frequency, now),
    cause: causeCode === null ? null : { code: causeCode, message: summary.causeMessage ?? '' },
    isPaused,
    isFailing: summary.failingSince !== null,
    isLeftPaused: exportOption !== 'DISABLE_EXPORT' && isLeftPaused(pausedAt, settings.pausedReminderDays, now),
    hasMissedRuns: missedAt !== null && (lastSuccessAt === null || lastSuccessAt < missedAt),
  }
}

function isWanted(tenant: TenantState, { overdue, failing, paused, search }: TenantFilter): boolean {
  return (
    (overdue == null || tenant.overdue === overdue) &&
    (failing == null || tenant.isFailing === failing) &&
    (paused == null || tenant.isPaused === paused) &&
    (!search || tenant.tenantId.toLowerCase().includes(search.trim().toLowerCase()))
  )
}

interface Window {
  readonly size: number
  readonly isBackwards: boolean
  /** The id of the tenant at the cursor. */
  readonly from: string | undefined
}

function windowOf(page: PageArguments): Window {
  const { size, isBackwards, cursor } = pageLimits(page)
  return { size, isBackwards, from: cursor == null ? undefined : tenantAt(cursor) }
}

function pageOfTenants(all: readonly TenantState[], { size, isBackwards, from }: Window): TenantPage {
  const beyond = all.filter(({ tenantId }) => from === undefined || (isBackwards ? tenantId < from : tenantId > from))
  const shown = isBackwards ? beyond.slice(-size) : beyond.slice(0, size)
  const more = beyond.length > shown.length
  return {
    edges: shown.map((node) => ({ cursor: cursorOf(node), node })),
    totalCount: all.length,
    hasNextPage: isBackwards ? from !== undefined : more,
    hasPreviousPage: isBackwards ? more : from !== undefined,
  }
}

const cursorMark = 'tenant:'

function cursorOf({ tenantId }: TenantState): string {
  return Buffer.from(`${cursorMark}${tenantId}`).toString('base64url')
}

function tenantAt(cursor: string): string {
  const text = Buffer.from(cursor, 'base64url').toString()
  if (text.startsWith(cursorMark)) return text.slice(cursorMark.length)
  throw new InvalidPageError('The cursor is invalid. Pass a cursor that this API returned.')
}
