/**
 * `npm run bench`: measures, prints, and writes bench/RESULTS.md from the last results of each part. `-- --full` takes the
 * time for the largest sizes; `-- --only=wire,growth,api,flood,tenants` measures some parts and leaves the others' results.
 */
import { parseArgs } from 'node:util'
import { benchFlood } from './api/flood.js'
import { benchApi } from './api/index.js'
import { isMet } from './report.js'
import { keepResults, writeResults } from './results.js'
import type { BenchOptions, Section } from './section.js'
import { benchTenants } from './tenants/index.js'
import { benchGrowth, benchWire } from './wire/index.js'

const parts: Readonly<Record<string, (options: BenchOptions) => Promise<Section>>> = {
  wire: benchWire,
  growth: benchGrowth,
  api: benchApi,
  flood: benchFlood,
  tenants: benchTenants,
}

const { values } = parseArgs({ options: { full: { type: 'boolean', default: false }, only: { type: 'string' } } })
const wanted = values.only?.split(',') ?? Object.keys(parts)
const began = Date.now()
const progress = (line: string) => {
  process.stderr.write(`[${((Date.now() - began) / 1000).toFixed(0).padStart(4)} s] ${line}\n`)
}

const sections: Section[] = []
for (const name of wanted) {
  const part = parts[name]
  if (!part) throw new Error(`There is no part ${name}: ${Object.keys(parts).join(', ')}`)
  const started = Date.now()
  const found = await part({ full: values.full, progress })
  sections.push(found)
  await keepResults(name, values.full, found, (Date.now() - started) / 60_000)
}
await writeResults(Object.keys(parts))
const missed = sections.flatMap((section) => section.targets).filter((target) => isMet(target) === false)
if (missed.length > 0) process.exitCode = 1
