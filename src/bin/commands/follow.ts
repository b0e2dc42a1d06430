import { setTimeout as delay } from 'node:timers/promises'
import type { Admin } from '../../compose/admin.js'
import { exitCodes } from '../exit-codes.js'
import { count, type JsonOption, show } from '../output.js'
import { hasEnded, printRun, rowsSoFar, type Run, wayOf } from './print-run.js'

export interface WaitOptions extends JsonOption {
  readonly wait?: true
}

const everyMs = 1000

/** Shows a run that was started: at once, or with `--wait` at its end. */
export async function follow(
  admin: Admin,
  started: Run | undefined,
  options: WaitOptions,
  stop: AbortSignal,
): Promise<void> {
  if (!started) return
  const run = options.wait ? await ended(admin, started, stop) : started
  show(options, run, printRun)
  if (options.wait && run.status !== 'SUCCEEDED') process.exitCode = exitCodes.FOUND.code
}

/** Waits for the end of the run, and prints to standard error how far it is. */
export async function ended(admin: Admin, started: Run, stop: AbortSignal): Promise<Run> {
  let run = started
  let shown = ''
  while (!hasEnded(run) && !stop.aborted) {
    await delay(everyMs, undefined, { signal: stop }).catch(() => undefined)
    run = (await admin.runs.find(admin.actorFor(run.tenantId), run.id)) ?? run
    const line = `${run.status}: ${wayOf(run)} published, ${count(rowsSoFar(run))} rows so far`
    if (line !== shown) console.error((shown = line))
  }
  return run
}
