/** Checks who imports whom in the product and in `dev`: `npm run check:imports`. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { findViolations } from './imports/check.js'
import { commandLine, runCommandLine } from '../src/bin/program.js'

const root = join(import.meta.dirname, '..')

await runCommandLine(commandLine('npm run check:imports', 'Checks who imports whom.').action(checkImports))

function checkImports(): void {
  const files = ['src', 'workflows', 'activities', 'dev']
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
    )
    .filter((file) => file.endsWith('.ts') && !file.startsWith(join('src', 'generated')))
  const sources = new Map(files.map((file) => [file.replaceAll(sep, '/'), readFileSync(join(root, file), 'utf8')]))

  const violations = findViolations(sources)
  for (const violation of violations) console.error(violation)
  console.log(`${sources.size} files, ${violations.length} imports against the table (scripts/imports/table.ts)`)
  process.exitCode = violations.length > 0 || sources.size === 0 ? 1 : 0
}
