import type { Catalog } from '../domain/entity.js'
import type { Source } from '../source/source.js'
import type { Events } from '../telemetry/events.js'

/**
 * Tells the operator, when a worker starts, which tables of the source are not what the catalog says: runs would fail
 * for these entities alone, and perhaps only at midnight; and which tables its login may write, which it has no need of. A source that can't be reached now is no reason not to start.
 */
export async function checkSource(deps: { catalog: Catalog; source: Source; events: Events }): Promise<void> {
  try {
    const writable: string[] = []
    for (const entity of deps.catalog.entities) {
      const problems = await deps.source.problems(entity)
      if (problems.length > 0) deps.events.sourceMismatch(entity.name, problems)
      else if (await deps.source.mayWrite(entity)) writable.push(entity.name)
    }
    if (writable.length > 0) deps.events.sourceWritable(writable)
  } catch (error) {
    deps.events.sourceNotChecked(error)
  }
}
