/** Checks the links within this repository in every Markdown file: `npm run check:links`. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { brokenLinks } from './links/check.js'
import { commandLine, runCommandLine } from '../src/bin/program.js'

const root = join(import.meta.dirname, '..')

await runCommandLine(commandLine('npm run check:links', 'Checks the links in every Markdown file.').action(checkLinks))

function checkLinks(): void {
  const listed = execFileSync('git', ['ls-files', '*.md'], { cwd: root, encoding: 'utf8' })
  const files = listed.split('\n').filter((file) => file !== '')
  const broken = brokenLinks(root, files)
  for (const problem of broken) console.error(problem)
  console.log(`${files.length} Markdown files, ${broken.length} broken links`)
  process.exitCode = broken.length > 0 || files.length === 0 ? 1 : 0
}
