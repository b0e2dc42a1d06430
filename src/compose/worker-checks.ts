import type { Config } from '../config/config.js'
import { asExportError } from '../domain/errors.js'
import type { HealthChecks } from '../http/readiness.js'
import { createSftpTarget, type SftpSession } from '../sftp/sftp.js'
import { createSource } from '../source/source.js'
import type { DisposableStack } from './disposable-stack.js'
import { commonChecks } from './health-checks.js'
import type { Shared } from './shared.js'

const sessionMs = 10_000

/**
 * What `/readyz` of a worker covers. It has connections of its own: those of runs may all be in use for hours.
 */
export function workerChecks(config: Config, shared: Shared, opened: DisposableStack): HealthChecks {
  const sftp = opened.use(createSftpTarget({ ...config.sftp, maxConnections: 1 }))
  const source = opened.use(createSource({ ...config.source, poolSize: 1, applicationName: 'tidemark-health' }))
  return {
    ...commonChecks(shared),
    sftp: () => sftp.session(AbortSignal.timeout(sessionMs), requireAnswer),
    source: () => source.identity(),
  }
}

/** The connection may be an idle one, so the server is asked something. A refusal is an answer, too. */
async function requireAnswer(session: SftpSession): Promise<void> {
  try {
    await session.size('/exports/readiness')
  } catch (error) {
    if (asExportError(error).code !== 'SFTP_PERMISSION_DENIED') throw error
  }
}
