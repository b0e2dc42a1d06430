/**
 * Prints docs/schema.graphql and docs/examples/operations.graphql anew. A test compares both with the code, so run
 * this after every change to the schema: `npx tsx scripts/print-schema.ts`.
 */
import { writeFileSync } from 'node:fs'
import { loadCatalog } from '../src/catalog/load.js'
import { printExportSchema } from '../src/graphql/schema.js'
import { exampleOperations } from '../src/http/example-operations.js'
import { commandLine, runCommandLine } from '../src/bin/program.js'

await runCommandLine(
  commandLine('npm run schema', 'Prints docs/schema.graphql and docs/examples/operations.graphql anew.').action(
    printSchema,
  ),
)

async function printSchema(): Promise<void> {
  const docs = new URL('../docs/', import.meta.url)
  writeFileSync(new URL('schema.graphql', docs), printExportSchema(await loadCatalog(undefined)))
  writeFileSync(new URL('examples/operations.graphql', docs), exampleOperations)
}
