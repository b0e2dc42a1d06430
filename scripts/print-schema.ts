/** `npm run schema` prints docs/schema.graphql again. A test compares it with the code. */
import { writeFileSync } from 'node:fs'
import { loadCatalog } from '../src/catalog/load.js'
import { printExportSchema } from '../src/graphql/schema.js'
import { commandLine, runCommandLine } from '../src/bin/program.js'

await runCommandLine(commandLine('npm run schema', 'Prints docs/schema.graphql again.').action(printSchema))

async function printSchema(): Promise<void> {
  const docs = new URL('../docs/', import.meta.url)
  writeFileSync(new URL('schema.graphql', docs), printExportSchema(await loadCatalog(undefined)))
}
