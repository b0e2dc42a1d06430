import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Environment } from '../../src/config/env.js'
import { isExecutable } from '../machine/executables.js'
import type { Report } from '../machine/report.js'

/** The one version that is downloaded, fetched or built where none is found: the latest that `go install` can build. */
export const temporalCliVersion = '1.5.1'

export interface FindTemporalCliOptions {
  readonly environment: Environment
  readonly report: Report
  /** Ends a download or a build that is under way. */
  readonly signal?: AbortSignal | undefined
}

/** What a way of getting the CLI needs; the binary's path comes back, or undefined where this way is not open. */
export interface FetchOptions extends FindTemporalCliOptions {
  readonly version: string
  /** A folder for this attempt alone, removed afterwards. */
  readonly folder: string
}

/** One way of getting the CLI: the path of the binary comes back, or undefined where this way is not open. */
export type TemporalCliSource = (options: FetchOptions) => Promise<string | undefined>

/**
 * Runs it: a file that is there may still be for another machine, broken, or something else.
 * @param version that it must say, any where none is given
 */
export async function isTemporalCli(file: string, version?: string): Promise<boolean> {
  if (!(await isExecutable(file))) return false
  return promisify(execFile)(file, ['--version'], { timeout: 60_000 }).then(
    ({ stdout }) => {
      const [, found] = /^temporal version (\S+)/i.exec(stdout) ?? []
      return found !== undefined && (version === undefined || found.replace(/^v/, '') === version)
    },
    () => false,
  )
}
