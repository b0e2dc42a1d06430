import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import type { Environment } from '../../src/config/env.js'

/** The first executable with the name on PATH. */
export async function findOnPath(name: string, environment: Environment): Promise<string | undefined> {
  for (const folder of (environment['PATH'] ?? '').split(delimiter).filter((item) => item !== '')) {
    if (await isExecutable(join(folder, name))) return join(folder, name)
  }
  return undefined
}

/** Whether this process can execute the file. */
export async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  )
}
