/**
 * `npm run bench`: measures, prints and writes bench/RESULTS.md. `-- --full` takes the time for the largest sizes;
 * `-- --only=wire,api,tenants` measures some parts, and writes nothing.
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { benchApi } from './api/index.js'
import { machine } from './machine.js'
import { drawPlot } from './plot.js'
import { isMet, sectionText } from './report.js'
import type { BenchOptions, Section } from './section.js'
import { benchTenants } from './tenants/index.js'
import { benchWire } from './wire/index.js'

const parts: Readonly<Record<string, (options: BenchOptions) => Promise<readonly Section[]>>> = {
  wire: benchWire,
  api: async (options) => [await benchApi(options)],
  tenants: async (options) => [await benchTenants(options)],
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
  sections.push(...(await part({ full: values.full, progress })))
}

const command = `npm run bench${values.full ? ' -- --full' : ''}`
const text = [
  '# Results',
  `\`${command}\`, ${new Date().toISOString().slice(0, 10)}, ${((Date.now() - began) / 60_000).toFixed(0)} minutes, on:`,
  await machine(),
  ...sections.map(sectionText),
].join('\n\n')
process.stdout.write(`${text}\n`)
if (values.only === undefined) {
  await writeFile(join(import.meta.dirname, 'RESULTS.md'), `${text}\n`)
  for (const plot of sections.flatMap((section) => section.plots ?? [])) {
    await writeFile(join(import.meta.dirname, plot.file), drawPlot(plot))
  }
}
const missed = sections.flatMap((section) => section.targets).filter((target) => isMet(target) === false)
if (missed.length > 0) process.exitCode = 1
