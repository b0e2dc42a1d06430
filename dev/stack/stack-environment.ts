import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Environment } from '../../src/config/env.js'
import { fileVariables } from '../../src/config/file-variables.js'
import { writePrivateFile } from '../machine/private-files.js'
import { variables } from '../../src/config/variables.js'

/** The file with the settings of the running stack, for `node --env-file`. */
export function stackEnvironmentFile(folder: string): string {
  return join(folder, 'stack.env')
}

/** Writes the variables that Tidemark reads, and no others, to a private file. */
export async function writeStackEnvironment(folder: string, environment: Environment): Promise<void> {
  const names = [...Object.keys(variables.shape), ...fileVariables.map((name) => `${name}_FILE`)]
  const lines = names.flatMap((name) => line(name, environment[name]) ?? [])
  await writePrivateFile(stackEnvironmentFile(folder), `${lines.join('\n')}\n`)
}

/** Removes the file, so that no command uses a stack that has stopped. */
export async function removeStackEnvironment(folder: string): Promise<void> {
  await rm(stackEnvironmentFile(folder), { force: true })
}

/** Uses a kind of quote that the value lacks. A value that has all three kinds can't be written. */
function line(name: string, value: string | undefined): string | undefined {
  if (value === undefined) return undefined
  const quote = ["'", '`', '"'].find((each) => !value.includes(each))
  return quote && `${name}=${quote}${value}${quote}`
}
