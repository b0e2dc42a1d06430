/**
 * `npm run bench`: measures, prints, and writes bench/RESULTS.md from the last results of each part. `-- --full` takes the
 * time for the largest sizes; `-- --only=wire,growth,memory,api,flood,small,tenants,scale,start,console,options,recover` measures some parts and leaves the others' results.
 */
import { InvalidArgumentError, Option } from 'commander'
import { commandLine, runCommandLine } from '../src/bin/program.js'
import { benchFlood } from './api/flood.js'
import { benchApi } from './api/index.js'
import { isMet } from './report.js'
import { keepResults, writeResults } from './results.js'
import type { BenchOptions, Section } from './section.js'
import { endServersIfInterrupted } from './support/interrupt.js'
import { benchConsole } from './console/index.js'
import { benchOptions } from './options/index.js'
import { benchRecover } from './recover/index.js'
import { benchScale } from './scale/index.js'
import { benchSmall } from './small/index.js'
import { benchStart } from './start/index.js'
import { benchTenants } from './tenants/index.js'
import { benchGrowth, benchMemory, benchWire } from './wire/index.js'

const parts: Readonly<Record<string, (options: BenchOptions) => Promise<Section>>> = {
  wire: benchWire,
  growth: benchGrowth,
  memory: benchMemory,
  api: benchApi,
  flood: benchFlood,
  small: benchSmall,
  tenants: benchTenants,
  scale: benchScale,
  start: benchStart,
  console: benchConsole,
  options: benchOptions,
  recover: benchRecover,
}

type Part = readonly [name: string, measure: (options: BenchOptions) => Promise<Section>]

endServersIfInterrupted()

await runCommandLine(
  commandLine('npm run bench --', 'Measures what Tidemark costs, and writes bench/RESULTS.md.')
    .option('--full', 'take the time for the largest sizes', false)
    .addOption(
      new Option('--only <parts>', `measure only some of ${Object.keys(parts).join(',')}`)
        .argParser(partsNamed)
        .default(Object.entries(parts), 'all'),
    )
    .option('--tenants <count>', 'take this number of tenants (small, scale, recover)', countOf)
    .option('--nights <count>', 'take this number of midnights (small)', countOf)
    .action(bench),
)

function partsNamed(names: string): Part[] {
  return names.split(',').map((name) => {
    const part = parts[name]
    if (!part) throw new InvalidArgumentError(`There is no part ${name}: ${Object.keys(parts).join(', ')}.`)
    return [name, part]
  })
}

function countOf(text: string): number {
  if (/^[1-9][0-9]*$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It must be a positive number.')
}

type Wish = Omit<BenchOptions, 'progress'> & { readonly only: readonly Part[] }

async function bench({ only: wanted, ...wish }: Wish): Promise<void> {
  const began = Date.now()
  const progress = (line: string) => {
    process.stderr.write(`[${((Date.now() - began) / 1000).toFixed(0).padStart(4)} s] ${line}\n`)
  }
  const sections: Section[] = []
  for (const [name, part] of wanted) {
    const started = Date.now()
    const found = await part({ ...wish, progress })
    sections.push(found)
    await keepResults(name, wish, found, (Date.now() - started) / 60_000)
  }
  await writeResults(Object.keys(parts))
  const missed = sections.flatMap((section) => section.targets).filter((target) => isMet(target) === false)
  if (missed.length > 0) process.exitCode = 1
}
