/** `npm run structure`: the sizes of files and functions, names with two definitions, and the files that work runs through. */
import 'reflect-metadata'
import { join } from 'node:path'
import { commandLine, runCommandLine } from '../src/bin/program.js'
import { functionLengths } from './structure/functions.js'
import { namesDefinedTwice } from './structure/names.js'
import { readSourceFiles } from './structure/source-files.js'
import { followWalks } from './structure/walks.js'

const root = join(import.meta.dirname, '..')

await runCommandLine(
  commandLine('npm run structure', 'Measures the structure of src, workflows and activities.')
    .option('--files', 'also list the files that a mutation and a run run through')
    .action(measure),
)

async function measure({ files: isListed }: { files?: true }): Promise<void> {
  const files = readSourceFiles(root)
  const lines = files.map(({ text }) => text.split('\n').length - 1)
  console.log(`files: ${files.length}, lines: ${lines.reduce((sum, each) => sum + each, 0)}`)
  console.log(`lines of a file: ${spread(lines)}`)
  console.log(`lines of a function: ${spread(files.flatMap(({ text }) => functionLengths(text)))}`)
  const twice = namesDefinedTwice(files)
  console.log(`exported names with two definitions: ${twice.size} ${[...twice.keys()].join(' ')}`)
  const walks = await followWalks(root)
  for (const [name, walk] of Object.entries(walks)) {
    console.log(`files that a ${name} runs through: ${walk.length}`)
    if (isListed) console.log(walk.join('\n'))
  }
}

function spread(values: readonly number[]): string {
  const sorted = values.toSorted((one, other) => one - other)
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0
  return `median ${at(0.5)}, p90 ${at(0.9)}, max ${at(1)}`
}
