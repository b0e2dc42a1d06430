/** Checks the imports of the product and of `dev` against the table: `npm run check:imports`. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkImports } from './imports/check.js'
import { importsPage } from './imports/page.js'
import { commandLine, runCommandLine } from '../src/bin/program.js'

const root = join(import.meta.dirname, '..')

await runCommandLine(
  commandLine('npm run check:imports', 'Checks who imports whom.')
    .option('--write', 'writes docs/reference/imports.md first')
    .action(check),
)

async function check({ write }: { write?: true }): Promise<void> {
  if (write) writeFileSync(join(root, 'docs/reference/imports.md'), await importsPage())
  const { files, violations } = checkImports(root, ['src', 'workflows', 'activities', 'dev', 'console/src'])
  for (const violation of violations) console.error(violation)
  console.log(`${files} files, ${violations.length} imports against the table (scripts/imports/table.ts)`)
  process.exitCode = violations.length > 0 || files === 0 ? 1 : 0
}
