import { within } from '../domain/within.js'

/** One thing that Tidemark needs, and how to find out whether it has it. */
export interface Check {
  readonly name: string
  /** What the check found. An error that it throws is a failure with the check's remedy. */
  readonly run: () => Promise<Finding>
  /** What to do if the check throws. */
  readonly remedy: string
}

export interface Finding {
  readonly state: 'ok' | 'warning' | 'failed'
  readonly message: string
  /** What to do; null if there is nothing to do. */
  readonly remedy: string | null
}

export interface CheckResult extends Finding {
  readonly name: string
  /** How long the check took, in milliseconds. */
  readonly ms: number
}

export const fine = (message: string): Finding => ({ state: 'ok', message, remedy: null })
export const warning = (message: string, remedy: string): Finding => ({ state: 'warning', message, remedy })
export const failed = (message: string, remedy: string): Finding => ({ state: 'failed', message, remedy })

/** Makes all checks at the same time, each within `limitMs`. Returns their results in the order of the checks. */
export function examine(checks: readonly Check[], limitMs = 15_000): Promise<CheckResult[]> {
  return Promise.all(checks.map((check) => examineOne(check, limitMs)))
}

async function examineOne({ name, run, remedy }: Check, limitMs: number): Promise<CheckResult> {
  const began = performance.now()
  const checked = run().catch((error: unknown) => failed(reasonOf(error), remedy))
  const found = (await within(limitMs, checked)) ?? failed(`There was no answer within ${limitMs / 1000} s.`, remedy)
  return { name, ...found, ms: Math.round(performance.now() - began) }
}

/** The message, with the last line of its cause: Prisma quotes its call before that line. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.map(reasonOf).join('; ')
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause instanceof Error ? reasonOf(error.cause).split('\n').at(-1) : undefined
  const message = error.message.trim().split('\n').at(-1) ?? ''
  return cause && !message.includes(cause) ? `${message}: ${cause}` : message
}
