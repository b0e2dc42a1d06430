import { checkCatalog, diffCatalogFiles, type EntityDiff, initCatalog } from '../compose/catalog-tools.js'
import { loadCatalogConfig } from '../config/catalog-config.js'
import { ConfigError } from '../config/config-error.js'
import { readEnvironment } from '../config/env.js'
import { refusals, showReport } from './check-source-command.js'
import { exitCodes } from './exit-codes.js'
import { type JsonOption, printJson, show } from './output.js'
import { printTable } from './print-table.js'
import { isReported } from './source-errors.js'

export interface InitCatalogOptions {
  readonly tenant: readonly string[]
  readonly schema?: readonly string[]
  /** `schema.table`. */
  readonly table?: readonly string[]
  readonly updatedAt: string
  readonly changeXid: string
}

export interface CheckCatalogOptions extends JsonOption {
  readonly source: boolean
}

export interface DiffCatalogOptions extends JsonOption {
  readonly from?: string
}

/** Prints a catalog of the tables of the source. */
export async function initCatalogCommand(options: InitCatalogOptions): Promise<void> {
  const { tenant, schema = [], table = [], updatedAt, changeXid } = options
  const { sourceUrl } = loadCatalogConfig(readEnvironment())
  if (sourceUrl === undefined) {
    throw new ConfigError([{ name: 'SOURCE_DATABASE_URL', message: 'is required: the URL of the source' }])
  }
  await reported(async () => {
    const { file, notes } = await initCatalog(
      sourceUrl,
      { schemas: schema, tables: table },
      { tenantColumns: tenant, updatedAtColumn: updatedAt, changeXidColumn: changeXid },
    )
    printJson(file)
    for (const note of notes) console.error(note)
  })
}

/** Checks a catalog, and sets the exit code to 1 if it has a problem. */
export async function checkCatalogCommand(file: string | undefined, options: CheckCatalogOptions): Promise<void> {
  const { catalogFile, sourceUrl } = loadCatalogConfig(readEnvironment())
  await reported(async () => {
    const checked = await checkCatalog(file ?? catalogFile, options.source ? sourceUrl : undefined)
    show(options, checked, ({ entities, source }) => {
      if (source) showReport(source)
      else console.log(`The catalog is usable. Entities: ${entities}. The source was not read.`)
    })
    if (checked.source && refusals(checked.source).length > 0) process.exitCode = exitCodes.FOUND.code
  })
}

/** Prints what tenants will see if the catalog in `file` takes the place of another one. */
export async function diffCatalogCommand(file: string, options: DiffCatalogOptions): Promise<void> {
  const { catalogFile } = loadCatalogConfig(readEnvironment())
  await reported(async () => show(options, await diffCatalogFiles(options.from ?? catalogFile, file), printDiff))
}

const fullLoads = { yes: 'yes', no: 'no', request: 'request it' } as const

function printDiff(entities: readonly EntityDiff[]): void {
  if (entities.length > 0) {
    printTable(
      ['entity', 'change', 'full load', 'what tenants see'],
      entities.flatMap(({ displayName, change, fullLoad, details }) =>
        details.map((detail, at) =>
          at === 0 ? [displayName, change, fullLoads[fullLoad], detail] : ['', '', '', detail],
        ),
      ),
    )
  }
  const full = entities.filter(({ fullLoad }) => fullLoad === 'yes').length
  console.log(`Entities that change: ${entities.length}. Entities whose next file is a full load: ${full}.`)
}

async function reported(act: () => Promise<void>): Promise<void> {
  try {
    await act()
  } catch (error) {
    if (!isReported(error)) throw error
  }
}
