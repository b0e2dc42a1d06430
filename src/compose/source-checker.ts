import { loadCatalog } from '../catalog/load.js'
import type { Config } from '../config/config.js'
import type { Catalog, Entity } from '../domain/entity.js'
import { sourceReport, type SourceReport } from '../services/source-report.js'
import { createSource } from '../source/source.js'

export type { SourceReport } from '../services/source-report.js'

export interface SourceChecker extends AsyncDisposable {
  readonly catalog: Catalog
  /** Checks the tables of these entities, or of all. @throws ExportError where the source cannot be asked */
  check(entities?: readonly Entity[]): Promise<SourceReport>
}

/** Checks the source before anything is exported. It needs the source alone. */
export async function composeSourceChecker(config: Config): Promise<SourceChecker> {
  const catalog = await loadCatalog(config.catalogFile)
  const source = createSource({ ...config.source, applicationName: 'tidemark-check' })
  return {
    catalog,
    check: (entities) => sourceReport({ catalog, source }, { countRows: true, ...(entities && { entities }) }),
    [Symbol.asyncDispose]: () => source[Symbol.asyncDispose](),
  }
}
