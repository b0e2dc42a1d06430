import { scheduleId } from '../contracts.js'
import type { FetchStore } from '../database/fetches/fetch-store.js'
import type { TenantTotalsStore } from '../database/operations/tenant-totals.js'
import type { TenantSummary, TenantSummaryStore } from '../database/operations/tenant-summaries.js'
import { nextBoundary } from '../domain/calendar.js'
import type { Catalog } from '../domain/entity.js'
import type { UnfetchedFiles } from '../domain/fetch.js'
import { isLeftPaused, type Lateness, latenessOf } from '../domain/lateness.js'
import type { ExportOption } from '../domain/registration.js'
import type { RunError } from '../domain/run.js'
import type { TenantSort } from '../domain/tenant-sort.js'
import { periodOfFilter } from './fetches.js'
import { type PageArguments, pageLimits } from './page.js'
import type { ScheduleState } from './registrations/registration-view.js'
import {
  comparePositions,
  decodeTenantCursor,
  encodeTenantCursor,
  positionOf,
  type TenantPosition,
} from './tenant-order.js'

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

/** A tenant in a list of operators, with numbers that only such a list needs. */
export interface ListedTenant extends TenantState {
  /** In the last 30 days, also earlier revisions and redelivered files. */
  readonly deliveredRows: number
  readonly deliveredBytes: number
  /** How many open incidents affect it now. */
  readonly openIncidents: number
  /** The files that it has not fetched, if the list is filtered by that; otherwise null. */
  readonly unfetched: UnfetchedFiles | null
}

const deliveredDays = 30

export interface TenantFilter {
  readonly overdue?: boolean | null | undefined
  readonly failing?: boolean | null | undefined
  readonly paused?: boolean | null | undefined
  readonly exportOption?: ExportOption | null | undefined
  readonly disabled?: boolean | null | undefined
  readonly running?: boolean | null | undefined
  /** Only tenants with files that were not fetched for this number of days. */
  readonly notFetchedForDays?: number | null | undefined
  /** A part of the tenant's id, in any case. */
  readonly search?: string | null | undefined
}

export interface TenantPage {
  readonly edges: readonly { readonly cursor: string; readonly node: ListedTenant }[]
  readonly totalCount: number
  readonly hasNextPage: boolean
  readonly hasPreviousPage: boolean
}

/** Reads of all tenants, for the platform's operators. */
export interface Tenants {
  /** All registered tenants, by their ids. */
  list(): Promise<TenantState[]>
  /** All that the filter selects, in that order. */
  matching(filter: TenantFilter, sort: TenantSort): Promise<ListedTenant[]>
  find(tenantId: string): Promise<TenantState | undefined>
  /** @throws InvalidPageError */
  page(filter: TenantFilter, sort: TenantSort, page: PageArguments): Promise<TenantPage>
}

export interface TenantsDependencies {
  readonly catalog: Catalog
  readonly tenantSummaries: TenantSummaryStore
  readonly tenantTotals: TenantTotalsStore
  readonly fetches: Pick<FetchStore, 'reports' | 'unfetchedByTenant'>
  readonly lateness: LatenessSettings
}

export interface LatenessSettings {
  /** How long files may take after a boundary, in minutes, unless the tenant has a grace of its own. */
  readonly graceMinutes: number
  /** After how many days a tenant's pause is reported; 0: never. */
  readonly pausedReminderDays: number
}

export function createTenants(deps: TenantsDependencies): Tenants {
  const { catalog, tenantSummaries, tenantTotals, lateness } = deps
  const entities = catalog.entities.map(({ name }) => name)
  const list = async (): Promise<TenantState[]> => {
    const summaries = await tenantSummaries.all(entities)
    const now = new Date()
    return summaries.map((summary) => stateOf(summary, lateness, now))
  }
  const matching = async (filter: TenantFilter, sort: TenantSort): Promise<ListedTenant[]> => {
    const [unfetched, all, delivered, openIncidents] = await Promise.all([
      unfetchedFiles(deps, filter),
      list(),
      tenantTotals.delivered(deliveredDays),
      tenantTotals.openIncidents(),
    ])
    const listed = all
      .filter((tenant) => isWanted(tenant, filter) && (unfetched === null || unfetched.has(tenant.tenantId)))
      .map((tenant) => ({
        ...tenant,
        deliveredRows: delivered.get(tenant.tenantId)?.rows ?? 0,
        deliveredBytes: delivered.get(tenant.tenantId)?.bytes ?? 0,
        openIncidents: openIncidents.get(tenant.tenantId) ?? 0,
        unfetched: unfetched?.get(tenant.tenantId) ?? null,
      }))
    return listed.toSorted((one, other) => comparePositions(positionOf(sort, one), positionOf(sort, other)))
  }
  return {
    list,
    matching,
    find: async (tenantId) => {
      const summary = await tenantSummaries.find(tenantId, entities)
      return summary && stateOf(summary, lateness, new Date())
    },
    page: async (filter, sort, page) => {
      const window = windowOf(sort, page)
      return pageOfTenants(await matching(filter, sort), sort, window)
    },
  }
}

/** Null without that filter. */
async function unfetchedFiles(
  { fetches }: Pick<TenantsDependencies, 'fetches'>,
  { notFetchedForDays: days }: TenantFilter,
): Promise<ReadonlyMap<string, UnfetchedFiles> | null> {
  if (days == null) return null
  const period = await periodOfFilter(fetches, days)
  return period ? fetches.unfetchedByTenant(period) : new Map<string, UnfetchedFiles>()
}

function stateOf(summary: TenantSummary, settings: LatenessSettings, now: Date): TenantState {
  const { tenantId, pausedAt, pausedNote, exportOption, version, scheduledVersion } = summary
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
    nextRunAt: isOff ? null : nextBoundary(summary, now),
    cause: causeCode === null ? null : { code: causeCode, message: summary.causeMessage ?? '' },
    isPaused,
    isFailing: summary.failingSince !== null,
    isLeftPaused: exportOption !== 'DISABLE_EXPORT' && isLeftPaused(pausedAt, settings.pausedReminderDays, now),
    hasMissedRuns: missedAt !== null && (lastSuccessAt === null || lastSuccessAt < missedAt),
  }
}

function isWanted(
  tenant: TenantState,
  { overdue, failing, paused, exportOption, disabled, running, search }: TenantFilter,
): boolean {
  return (
    (overdue == null || tenant.overdue === overdue) &&
    (failing == null || tenant.isFailing === failing) &&
    (paused == null || tenant.isPaused === paused) &&
    (exportOption == null || tenant.exportOption === exportOption) &&
    (disabled == null || (tenant.exportOption === 'DISABLE_EXPORT') === disabled) &&
    (running == null || (tenant.runningRunId !== null) === running) &&
    (!search || tenant.tenantId.toLowerCase().includes(search.trim().toLowerCase()))
  )
}

interface Window {
  readonly size: number
  readonly isBackwards: boolean
  /** The place of the cursor. */
  readonly from: TenantPosition | undefined
}

function windowOf(sort: TenantSort, page: PageArguments): Window {
  const { size, isBackwards, cursor } = pageLimits(page)
  return { size, isBackwards, from: cursor == null ? undefined : decodeTenantCursor(sort, cursor) }
}

function pageOfTenants(
  all: readonly ListedTenant[],
  sort: TenantSort,
  { size, isBackwards, from }: Window,
): TenantPage {
  const beyond = all.filter((tenant) => {
    if (from === undefined) return true
    const order = comparePositions(positionOf(sort, tenant), from)
    return isBackwards ? order < 0 : order > 0
  })
  const shown = isBackwards ? beyond.slice(-size) : beyond.slice(0, size)
  const more = beyond.length > shown.length
  return {
    edges: shown.map((node) => ({ cursor: encodeTenantCursor(sort, positionOf(sort, node)), node })),
    totalCount: all.length,
    hasNextPage: isBackwards ? from !== undefined : more,
    hasPreviousPage: isBackwards ? more : from !== undefined,
  }
}
