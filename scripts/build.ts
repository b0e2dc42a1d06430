/** Builds what the image runs into `dist`. */
import { join } from 'node:path'
import { commandLine, runCommandLine } from '../src/bin/program.js'
import { buildInto } from './build/build-into.js'

await runCommandLine(
  commandLine('npm run build', 'Builds what the image runs into dist.').action(() =>
    buildInto(join(import.meta.dirname, '../dist')),
  ),
)
