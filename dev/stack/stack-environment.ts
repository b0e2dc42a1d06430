import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Environment } from '../../src/config/env.js'
import { fileVariables } from '../../src/config/file-variables.js'
import { variables } from '../../src/config/variables.js'

/** What a command needs to work beside a running stack, for `node --env-file`. */
export function stackEnvironmentFile(folder: string): string {
  return join(folder, 'stack.env')
}

/** Writes Tidemark's own variables, and no others, for the owner's eyes only. */
export async function writeStackEnvironment(folder: string, environment: Environment): Promise<void> {
  const names = [...Object.keys(variables.shape), ...fileVariables.map((name) => `${name}_FILE`)]
  const lines = names.flatMap((name) => line(name, environment[name]) ?? [])
  const file = stackEnvironmentFile(folder)
  await writeFile(`${file}.new`, `${lines.join('\n')}\n`, { mode: 0o600 })
  await rename(`${file}.new`, file)
}

/** A stack that is gone can't be worked with. */
export async function forgetStackEnvironment(folder: string): Promise<void> {
  await rm(stackEnvironmentFile(folder), { force: true })
}

/** In quotes that the value has not; there is no way to write one that has them all. */
function line(name: string, value: string | undefined): string | undefined {
  if (value === undefined) return undefined
  const quote = ["'", '`', '"'].find((each) => !value.includes(each))
  return quote && `${name}=${quote}${value}${quote}`
}
