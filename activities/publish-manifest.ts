import { Context } from '@temporalio/activity'
import type { ManifestResult, PublishManifestInput } from '../src/contracts.js'
import { publishManifests } from '../src/publication/manifests.js'
import { settleAll } from '../src/publication/settle.js'
import type { ActivityDependencies } from './dependencies.js'
import { heartbeating } from './heartbeat.js'

/** Settles what attempts have left, and writes the manifests of all days whose files may have changed since theirs. */
export async function publishManifest(
  deps: ActivityDependencies,
  { tenantId }: PublishManifestInput,
): Promise<ManifestResult> {
  const { cancellationSignal } = Context.current()
  return heartbeating(async () => {
    const settled = await settleAll(deps, tenantId, cancellationSignal)
    return {
      paths: await publishManifests(deps, tenantId, cancellationSignal),
      settled: settled.map(({ tenantId: _tenant, to, ...published }) => ({ ...published, to: to.toISOString() })),
    }
  })
}
