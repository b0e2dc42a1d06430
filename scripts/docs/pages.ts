import { format, resolveConfig } from 'prettier'
import { loadCatalog } from '../../src/catalog/load.js'
import { cliPage } from './cli.js'
import { configurationPage } from './configuration.js'
import { databasePage } from './database.js'
import { entitiesPage } from './entities.js'
import { errorsPage } from './errors.js'
import { glossaryPage } from './glossary.js'
import { graphqlPage } from './graphql.js'
import { manifestAndCsvPage } from './manifest-and-csv.js'
import { metricsPage } from './metrics.js'
import { promisesPage, readTests } from './promises.js'
import { restPage } from './rest.js'
import { runbookPage, runbookPath } from './runbook.js'

const writers = {
  cli: cliPage,
  configuration: configurationPage,
  database: databasePage,
  entities: async () => entitiesPage(await loadCatalog(undefined)),
  errors: errorsPage,
  glossary: glossaryPage,
  graphql: graphqlPage,
  'manifest-and-csv': async () => manifestAndCsvPage(await loadCatalog(undefined)),
  metrics: metricsPage,
  promises: () => promisesPage(readTests('test')),
  rest: async () => restPage(await loadCatalog(undefined)),
  runbook: runbookPage,
} satisfies Record<string, () => string | Promise<string>>

type PageName = keyof typeof writers

/** The pages of docs/reference that are made from the code, and the runbook, which has a table that is. */
export const pageNames = Object.keys(writers) as PageName[]

export const pathOf = (name: PageName): string => (name === 'runbook' ? runbookPath : `docs/reference/${name}.md`)

/** The text of a page as it should be, in the format of the project. */
export async function pageText(name: PageName): Promise<string> {
  const options = await resolveConfig(pathOf(name))
  return format(await writers[name](), { ...options, parser: 'markdown' })
}
