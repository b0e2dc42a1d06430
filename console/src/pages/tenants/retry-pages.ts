/** What became of one tenant's failed run. */
export interface RetryLine {
  readonly tenantId: string
  readonly failedRunId?: string | null
  /** The run that was started. Null if none was. */
  readonly runId?: string | null
  readonly userErrors: readonly { readonly message: string }[]
}

export interface RetryPage {
  readonly lines: readonly RetryLine[]
  /** Where the next call begins. Null after the last tenant. */
  readonly next?: string | null
}

/**
 * Retries the failed runs of all tenants, call by call.
 * @param call retries those of the tenants after one; null begins with the first tenant
 * @param isStopped asked between two calls
 */
export async function* retryPages(
  call: (after: string | null) => Promise<RetryPage>,
  isStopped: () => boolean,
): AsyncGenerator<readonly RetryLine[]> {
  let after: string | null = null
  do {
    const page: RetryPage = await call(after)
    yield page.lines
    after = page.next ?? null
  } while (after !== null && !isStopped())
}

/** `12 runs started. 3 tenants have no new run.` */
export function retrySummary(lines: readonly RetryLine[]): string {
  if (lines.length === 0) return 'No tenant has a failed run that matches.'
  const started = lines.filter(({ runId }) => runId != null).length
  const others = lines.length - started
  const runs = `${started} ${started === 1 ? 'run' : 'runs'} started.`
  if (others === 0) return runs
  return `${runs} ${others} ${others === 1 ? 'tenant has' : 'tenants have'} no new run.`
}

export const retryPeriods = {
  any: { label: 'At any time', hours: undefined },
  hour: { label: 'In the last hour', hours: 1 },
  day: { label: 'In the last 24 hours', hours: 24 },
  week: { label: 'In the last 7 days', hours: 168 },
} as const
export type RetryPeriod = keyof typeof retryPeriods

/** The start of a period that ends now. Null is no limit. */
export function sinceOf(period: RetryPeriod, now: number): string | null {
  const { hours } = retryPeriods[period]
  return hours === undefined ? null : new Date(now - hours * 3_600_000).toISOString()
}

interface Incident {
  readonly code: string
  readonly tenants: number
  readonly retryCommand?: string | null
}

/** The codes that runs fail with now, each with its number of tenants. A tenant counts once for each incident of the code. */
export function retryCodes(
  incidents: readonly Incident[],
): readonly { readonly code: string; readonly tenants: number }[] {
  const counts = new Map<string, number>()
  for (const { code, tenants, retryCommand } of incidents) {
    if (retryCommand != null) counts.set(code, (counts.get(code) ?? 0) + tenants)
  }
  return [...counts].map(([code, tenants]) => ({ code, tenants })).toSorted((one, other) => other.tenants - one.tenants)
}
