import type { Catalog } from '../domain/entity.js'
import { isRefusal } from '../domain/source-finding.js'
import type { Source } from '../source/source.js'
import type { Events } from '../telemetry/events.js'
import { sourceReport } from './source-report.js'

/**
 * Reports to the operator which tables of the source lose rows, or may lose rows. A worker calls it when it starts: otherwise
 * runs would fail for these entities, and perhaps only at midnight. It never throws, so that a worker also starts while the
 * source can't be reached.
 */
export async function checkSource(deps: { catalog: Catalog; source: Source; events: Events }): Promise<void> {
  try {
    // Counting may read whole tables. Each read counts the rows of its tenant anyway.
    const { database, entities } = await sourceReport(deps, { countRows: false })
    deps.events.sourceChecked(null, database)
    for (const { entity, findings } of entities) deps.events.sourceChecked(entity, findings)
    const refused = entities.flatMap(({ entity, findings }) =>
      findings.filter(isRefusal).map(({ code }) => ({ entity, code })),
    )
    deps.events.sourceRefused(refused)
  } catch (error) {
    deps.events.sourceNotChecked(error)
  }
}
