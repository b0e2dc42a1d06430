import type { Catalog } from '../domain/entity.js'
import { isRefusal, type SourceFinding } from '../domain/source-finding.js'
import type { Source } from '../source/types.js'
import { type Check, failed, fine, warning } from './examine.js'

/** Whether the source answers, and has what the catalog names. `check-source` prints each finding. */
export function sourceCheck(source: Source, catalog: Catalog): Check {
  return {
    name: 'source',
    remedy: 'Check SOURCE_DATABASE_URL, and that the database runs.',
    run: async () => {
      const findings: SourceFinding[] = [...(await source.checkDatabase())]
      for (const entity of catalog.entities) findings.push(...(await source.check(entity, { countRows: false })))
      const refusals = findings.filter(isRefusal).length
      const text = `${catalog.entities.length} entities; refusals: ${refusals}; warnings: ${findings.length - refusals}`
      if (findings.length === 0) return fine(`All ${catalog.entities.length} entities can be exported.`)
      const remedy = 'Run `tidemark check-source`, which prints each finding and its fix.'
      return refusals > 0 ? failed(text, remedy) : warning(text, remedy)
    },
  }
}
