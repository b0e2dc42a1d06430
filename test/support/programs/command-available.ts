import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { readEnvironment } from '../../../src/config/env.js'
import { findOnPath } from '../../../dev/machine/executables.js'

/** Whether a program is on this machine. Where it is not, says plainly which tests do not run. */
export async function commandAvailable(command: string, tests: string): Promise<boolean> {
  const isThere = (await findOnPath(command, readEnvironment())) !== undefined
  return runsIf(isThere, tests, `there is no \`${command}\` on the PATH`)
}

/** Gives the condition. Where it does not hold, says plainly which tests do not run, and why. */
export function runsIf(condition: boolean, tests: string, otherwise: string): boolean {
  if (!condition) console.warn(`DID NOT RUN: ${tests}: ${otherwise}`)
  return condition
}

/** Whether python3 has a module. */
export async function pythonHas(module: string, tests: string): Promise<boolean> {
  const isThere = await promisify(execFile)('python3', ['-c', `import ${module}`]).then(
    () => true,
    () => false,
  )
  return runsIf(isThere, tests, `there is no python3 with the module \`${module}\``)
}
