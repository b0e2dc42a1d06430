import type { Command } from 'commander'
import type { CheckCatalogOptions, DiffCatalogOptions, InitCatalogOptions } from '../catalog-commands.js'
import { withJson } from '../output.js'
import { tableName } from './source.js'

/** Adds the commands that write, check and compare catalogs. They change nothing. */
export function addCatalog(commands: Command): void {
  const catalog = commands.command('catalog').description('write, check and compare catalogs').helpCommand(false)
  catalog
    .command('init')
    .description('print a catalog of the tables of the source')
    .requiredOption(
      '--tenant <column...>',
      'the column with the id of the tenant; of several names, the first that a table has',
    )
    .option('--schema <name...>', 'only tables of these schemas')
    .option('--table <schema.table...>', 'only these tables', tables)
    .option('--updated-at <column>', 'the column for the time of the last change', 'updated_at')
    .option('--change-xid <column>', 'the column for the transaction of the last change', 'change_xid')
    .addHelpText('after', '\nThe catalog is on standard output. What was left out is on standard error.')
    .action(async (options: InitCatalogOptions) => {
      const { initCatalogCommand } = await import('../catalog-commands.js')
      await initCatalogCommand(options)
    })
  withJson(catalog.command('check'))
    .description('check a catalog, and compare it with the tables of the source')
    .argument('[file]', 'the file; the catalog in use by default')
    .option('--no-source', 'do not read the source')
    .addHelpText('after', '\nExit codes: 0 no problem, 1 a problem or a refusal, 5 the source was unavailable.')
    .action(async (file: string | undefined, options: CheckCatalogOptions) => {
      const { checkCatalogCommand } = await import('../catalog-commands.js')
      await checkCatalogCommand(file, options)
    })
  withJson(catalog.command('diff'))
    .description('show what tenants will see if a catalog takes the place of another one')
    .argument('<file>', 'the file with the new catalog')
    .option('--from <file>', 'the file with the old catalog; the catalog in use by default')
    .addHelpText('after', '\nExit codes: 0 compared, 1 a catalog is not usable.')
    .action(async (file: string, options: DiffCatalogOptions) => {
      const { diffCatalogCommand } = await import('../catalog-commands.js')
      await diffCatalogCommand(file, options)
    })
}

/** Commander calls it for each value of the option. */
function tables(text: string, before: readonly string[] = []): string[] {
  const { schema, name } = tableName(text)
  return [...before, `${schema}.${name}`]
}
