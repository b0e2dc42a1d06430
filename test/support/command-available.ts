import { readEnvironment } from '../../src/config/env.js'
import { findOnPath } from '../../src/local/executables.js'

/** Whether a program is on this machine. Where it is not, says plainly which tests do not run. */
export async function commandAvailable(command: string, tests: string): Promise<boolean> {
  if ((await findOnPath(command, readEnvironment())) !== undefined) return true
  console.warn(`DID NOT RUN: ${tests}: there is no \`${command}\` on the PATH`)
  return false
}
