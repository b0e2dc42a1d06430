import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Environment } from '../../src/config/env.js'
import { isExecutable } from '../machine/executables.js'
import type { Report } from '../machine/report.js'

/** The version to fetch if no CLI is found. It is the latest that `go install` can build. */
export const temporalCliVersion = '1.5.1'

export interface FindTemporalCliOptions {
  readonly environment: Environment
  readonly report: Report
  /** Cancels a download or a build. */
  readonly signal?: AbortSignal | undefined
}

/** What a source of the CLI needs. */
export interface FetchOptions extends FindTemporalCliOptions {
  readonly version: string
  /** A folder for this attempt. It is removed afterwards. */
  readonly folder: string
}

/** A source of the CLI. It returns the path of the binary, or undefined if it can't provide one. */
export type TemporalCliSource = (options: FetchOptions) => Promise<string | undefined>

/**
 * Whether the file is a Temporal CLI. It is run to check, since it could be broken or made for another machine.
 * @param version the required version; any version if undefined
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
