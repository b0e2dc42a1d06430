import { within } from '../domain/within.js'
import type { Logger } from '../telemetry/logger.js'

/** Asks a service that the process needs. It rejects if the service is unavailable. */
export type HealthCheck = () => Promise<unknown>

/** By the name of the service, as answers show it. */
export type HealthChecks = Readonly<Record<string, HealthCheck>>

/** The state of each service: `ok`, or `unavailable`. */
export type ServiceStates = Readonly<Record<string, 'ok' | 'unavailable'>>

const limits = { timeoutMs: 5_000, keptMs: 5_000 }

/**
 * Checks the services, all at the same time and each within a bounded time. The result is kept for some seconds, and calls at the
 * same time share one check, so that probes put no load on the services. Only the log has the cause of a failure, once until it
 * changes.
 */
export function createReadiness(
  checks: HealthChecks,
  logger: Logger,
  { timeoutMs, keptMs }: typeof limits = limits,
): () => Promise<ServiceStates> {
  let kept: { readonly states: Promise<ServiceStates>; readonly until: number } | undefined
  let logged = '{}'

  const log = (failing: Readonly<Record<string, string>>): void => {
    const text = JSON.stringify(failing)
    if (text === logged) return
    logged = text
    if (text === '{}') logger.info('ready again')
    else logger.warn({ failing }, 'not ready')
  }
  const check = async (): Promise<ServiceStates> => {
    const names = Object.keys(checks)
    const causes = await Promise.all(Object.values(checks).map((each) => causeOf(each, timeoutMs)))
    const failing = names.flatMap((name, at) => {
      const cause = causes[at]
      return cause === undefined ? [] : [[name, cause] as const]
    })
    log(Object.fromEntries(failing))
    if (kept) kept = { ...kept, until: Date.now() + keptMs }
    return Object.fromEntries(
      names.map((name, at) => [name, causes[at] === undefined ? ('ok' as const) : ('unavailable' as const)]),
    )
  }
  return () => {
    if (kept && Date.now() < kept.until) return kept.states
    kept = { states: check(), until: Number.POSITIVE_INFINITY }
    return kept.states
  }
}

/** Why the check failed; undefined if it did not. */
async function causeOf(check: HealthCheck, timeoutMs: number): Promise<string | undefined> {
  const checked = check().then(
    () => ({ cause: undefined }),
    (error: unknown) => ({ cause: inWords(error) }),
  )
  const result = await within(timeoutMs, checked)
  return result ? result.cause : `no answer within ${timeoutMs} ms`
}

/** The message, and those of the causes. */
function inWords(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message}: ${inWords(error.cause)}` : error.message
}
