/** Writes the pages of docs/reference and the table of the runbook that are made from the code. A test compares them: run this after a change. */
import { writeFileSync } from 'node:fs'
import { commandLine, runCommandLine } from '../../src/bin/program.js'

await runCommandLine(
  commandLine('npm run docs', 'Writes the pages of docs/reference that are made from the code.').action(writePages),
)

async function writePages(): Promise<void> {
  const { pageNames, pageText, pathOf } = await import('./pages.js')
  for (const name of pageNames) {
    writeFileSync(pathOf(name), await pageText(name))
    console.log(pathOf(name))
  }
}
