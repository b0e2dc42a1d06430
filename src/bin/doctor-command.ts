import { type CheckResult, diagnose } from '../compose/doctor.js'
import { ConfigError, loadConfig } from '../config/config.js'
import { readEnvironment } from '../config/env.js'
import { exitCodes } from './exit-codes.js'
import { type JsonOption, show } from './output.js'

/** Prints one line for each check, and below a problem what to do. Returns the exit code. */
export async function doctorCommand(options: JsonOption): Promise<number> {
  return printChecks(await checked(), options)
}

export function printChecks(results: readonly CheckResult[], options: JsonOption): number {
  show(options, results, (all) => {
    for (const result of all) print(result)
    console.log(summary(all))
  })
  return results.some(({ state }) => state === 'failed') ? exitCodes.FOUND.code : exitCodes.DONE.code
}

/** Invalid settings are the first thing that can be wrong. Without settings nothing else can be checked. */
async function checked(): Promise<CheckResult[]> {
  try {
    const config = loadConfig(readEnvironment())
    return [
      { name: 'settings', state: 'ok', message: 'All settings are valid.', remedy: null, ms: 0 },
      ...(await diagnose(config)),
    ]
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.problems.map((problem) => ({
      name: 'settings',
      state: 'failed',
      message: problem,
      remedy: 'Correct it: docs/reference/configuration.md describes each setting.',
      ms: 0,
    }))
  }
}

const marks = { ok: 'ok     ', warning: 'warning', failed: 'FAILED ' } as const

function print({ name, state, message, remedy }: CheckResult): void {
  console.log(`${marks[state]}  ${name.padEnd(17)}  ${message}`)
  if (remedy !== null) console.log(`${' '.repeat(9)}${' '.repeat(17)}  To do: ${remedy}`)
}

function summary(results: readonly CheckResult[]): string {
  const failures = results.filter(({ state }) => state === 'failed').length
  const warnings = results.filter(({ state }) => state === 'warning').length
  return `Checks: ${results.length}. Failed: ${failures}. Warnings: ${warnings}.`
}
