import { diffCatalogs, type EntityDiff } from '../catalog/diff.js'
import { type Draft, draftCatalog, type DraftOptions } from '../catalog/draft.js'
import { CatalogError, loadCatalog, parseCatalog } from '../catalog/load.js'
import { sourceReport, type SourceReport } from '../services/source-report.js'
import { describeTables, type TableSelection } from '../source/describe-tables.js'
import { createSource } from '../source/source.js'

export type { EntityDiff } from '../catalog/diff.js'
export type { SourceReport } from '../services/source-report.js'

/** Writes a catalog of the tables of a database. A problem of the catalog is among the notes. @throws ExportError */
export async function initCatalog(url: string, selection: TableSelection, options: DraftOptions): Promise<Draft> {
  const draft = draftCatalog(await describeTables(url, selection), options)
  return { ...draft, notes: [...draft.notes, ...problemsOf(draft)] }
}

function problemsOf({ file }: Draft): readonly string[] {
  if (file.entities.length === 0) return ['No table can be exported as it is.']
  try {
    parseCatalog(file)
    return []
  } catch (error) {
    if (error instanceof CatalogError) return error.problems
    throw error
  }
}

/**
 * Checks a catalog file, and the tables of the source if `url` is given. The built-in catalog if `file` is left out.
 * @throws CatalogError, ExportError if the source does not answer
 */
export async function checkCatalog(
  file: string | undefined,
  url: string | undefined,
): Promise<{ readonly entities: number; readonly source: SourceReport | null }> {
  const catalog = await loadCatalog(file)
  if (url === undefined) return { entities: catalog.entities.length, source: null }
  await using source = createSource({ url, poolSize: 1, applicationName: 'tidemark-catalog' })
  return { entities: catalog.entities.length, source: await sourceReport({ catalog, source }, { countRows: true }) }
}

/** What tenants see if the catalog `after` takes the place of the catalog `before`. @throws CatalogError */
export async function diffCatalogFiles(before: string | undefined, after: string | undefined): Promise<EntityDiff[]> {
  return diffCatalogs(await loadCatalog(before), await loadCatalog(after))
}
