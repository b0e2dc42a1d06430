import { randomUUID } from 'node:crypto'
import { Context } from '@temporalio/activity'
import type { DeliveryTestInput, DeliveryTestResult } from '../src/contracts.js'
import { deliveryTestFile } from '../src/domain/delivery-test.js'
import { tenantFolder } from '../src/domain/delivery-path.js'
import { ExportError, type ExportErrorCode } from '../src/domain/errors.js'
import { hiddenPath, isDeliveryTestName } from '../src/domain/hidden-name.js'
import { entityOfFiles } from '../src/domain/change-type.js'
import { defaultFileFormat } from '../src/domain/file-format.js'
import { activeEntities } from '../src/domain/registration.js'
import { checkSourceSteps } from './check-source-steps.js'
import type { ActivityDependencies } from './dependencies.js'
import { heartbeating } from './heartbeat.js'

/** The caller waits for the answer. */
const limitMs = 25_000

/** Takes each step of a delivery once. Ledger, watermarks and manifests stay as they are. */
export function checkDelivery(
  deps: ActivityDependencies,
  { tenantId }: DeliveryTestInput,
): Promise<DeliveryTestResult> {
  return heartbeating(async () => {
    const begun = performance.now()
    const stored = await deps.registrations.find(tenantId)
    const active = stored ? activeEntities(stored.registration, deps.catalog) : []
    const checked = active.length > 0 ? active : deps.catalog.entities
    const { columnSelection, fileFormat = defaultFileFormat } = stored?.registration ?? {}
    const entities = checked.map((entity) => entityOfFiles(entity, columnSelection, fileFormat))
    const limits = { sftp: within('SFTP_UNAVAILABLE'), source: within('SOURCE_UNAVAILABLE') }
    try {
      const [sftp, source] = await Promise.all([
        deps.probeSftp(probedFolder(tenantId, deps.hiddenName), limits.sftp.signal),
        checkSourceSteps(deps.source, entities, limits.source.signal),
      ])
      Context.current().cancellationSignal.throwIfAborted()
      return { steps: [...sftp, ...source], elapsedMs: Math.round(performance.now() - begun) }
    } finally {
      for (const limit of Object.values(limits)) limit.end()
    }
  })
}

function probedFolder(tenantId: string, pattern: string) {
  const folder = tenantFolder(tenantId)
  const hidden = (): string => hiddenPath(`${folder}/${deliveryTestFile}`, randomUUID(), pattern)
  return { folder, paths: [hidden(), hidden()], isStale: (name: string) => isDeliveryTestName(name, pattern) } as const
}

/** Aborts when the time is over, or when the activity is cancelled. */
function within(code: ExportErrorCode): { signal: AbortSignal; end: () => void } {
  const late = new AbortController()
  const abort = () => late.abort(new ExportError(code, `The test took longer than ${limitMs / 1000} s.`))
  const timer = setTimeout(abort, limitMs)
  const { cancellationSignal } = Context.current()
  return { signal: AbortSignal.any([late.signal, cancellationSignal]), end: () => clearTimeout(timer) }
}
