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
  let run = started
  let shown = ''
  while (options.wait && !hasEnded(run) && !stop.aborted) {
    await delay(everyMs, undefined, { signal: stop }).catch(() => undefined)
    run = (await admin.runs.find(admin.actorFor(run.tenantId), run.id)) ?? run
    const line = `${run.status}: ${wayOf(run)} published, ${count(rowsSoFar(run))} rows so far`
    if (line !== shown) console.error((shown = line))
  }
  show(options, run, printRun)
  if (options.wait && run.status !== 'SUCCEEDED') process.exitCode = exitCodes.FOUND.code
}
