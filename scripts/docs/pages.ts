import { format, resolveConfig } from 'prettier'
import { catalogJsonSchema } from '../../src/catalog/json-schema.js'
import { loadCatalog } from '../../src/catalog/load.js'
import { eventsSchema } from '../../src/domain/events/schemas.js'
import { cliPage } from './cli.js'
import { configurationPage } from './configuration.js'
import { databasePage } from './database.js'
import { entitiesPage } from './entities.js'
import { errorsPage } from './errors.js'
import { eventsPage } from './events.js'
import { glossaryPage } from './glossary.js'
import { graphqlPage } from './graphql.js'
import { manifestAndCsvPage } from './manifest-and-csv.js'
import { metricsPage } from './metrics.js'
import { promisesPage, readTests } from './promises.js'
import { restPage } from './rest.js'
import { codePage, pathOfCode, runbookCodes, runbookPage, runbookPath } from './runbook.js'

type Writer = () => string | Promise<string>

const writers: Readonly<Record<string, Writer>> = {
  cli: cliPage,
  configuration: configurationPage,
  database: databasePage,
  entities: async () => entitiesPage(await loadCatalog(undefined)),
  errors: errorsPage,
  events: eventsPage,
  glossary: glossaryPage,
  graphql: graphqlPage,
  'manifest-and-csv': async () => manifestAndCsvPage(await loadCatalog(undefined)),
  metrics: metricsPage,
  promises: () => promisesPage(readTests('test')),
  rest: async () => restPage(await loadCatalog(undefined)),
}

/** The pages by their path: those of docs/reference, which are made from the code, and those of the runbook, of which parts are. */
const pages = new Map<string, Writer>([
  ...Object.entries(writers).map(([name, write]) => [`docs/reference/${name}.md`, write] as const),
  ['docs/reference/catalog.schema.json', () => JSON.stringify(catalogJsonSchema())],
  ['docs/reference/events.schema.json', () => JSON.stringify(eventsSchema())],
  [runbookPath, runbookPage],
  ...runbookCodes.map((code) => [pathOfCode(code), () => codePage(code)] as const),
])

export const pagePaths = [...pages.keys()]

/** The text of a page as it should be, in the format of the project. */
export async function pageText(path: string): Promise<string> {
  const write = pages.get(path)
  if (!write) throw new Error(`${path} is not made from the code.`)
  const options = await resolveConfig(path)
  return format(await write(), { ...options, parser: path.endsWith('.json') ? 'json' : 'markdown' })
}
