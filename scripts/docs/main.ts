/** Writes the pages of docs/reference, and the parts of the runbook, that are made from the code. A test compares them: run this after a change. */
import { writeFileSync } from 'node:fs'
import { commandLine, runCommandLine } from '../../src/bin/program.js'

await runCommandLine(
  commandLine(
    'npm run docs',
    'Writes the pages of docs/reference and of docs/runbook that are made from the code.',
  ).action(writePages),
)

async function writePages(): Promise<void> {
  const { pagePaths, pageText } = await import('./pages.js')
  for (const path of pagePaths) {
    writeFileSync(path, await pageText(path))
    console.log(path)
  }
}
