import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { machine } from './machine.js'
import { drawPlot } from './plot.js'
import { sectionText } from './report.js'
import type { BenchOptions, Section } from './section.js'

const folder = join(import.meta.dirname, 'results')

/** Prints the results of one part of the benchmark, and stores them with its plots in bench/results. */
export async function keepResults(
  name: string,
  { full, tenants, nights }: Omit<BenchOptions, 'progress'>,
  section: Section,
  minutes: number,
): Promise<void> {
  const options = [full && '--full', tenants && `--tenants=${tenants}`, nights && `--nights=${nights}`]
  const command = [`npm run bench -- --only=${name}`, ...options.filter(Boolean)].join(' ')
  const day = new Date().toISOString().slice(0, 10)
  const what = `\`${command}\`, ${day}, ${minutes.toFixed(0)} minutes, on ${await machine()}.`
  const text = [sectionText(section), what].join('\n\n')
  process.stdout.write(`\n${text}\n`)
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, `${name}.md`), `${text}\n`)
  for (const plot of section.plots ?? []) {
    await writeFile(join(folder, plot.file), drawPlot(plot))
  }
}

/** Writes bench/RESULTS.md from the latest results of all parts. */
export async function writeResults(names: readonly string[]): Promise<void> {
  const texts = await Promise.all(names.map((name) => readFile(join(folder, `${name}.md`), 'utf8').catch(() => '')))
  const found = texts.filter((text) => text !== '').map((text) => text.trim())
  const head =
    '# Results\n\nThe latest results of `npm run bench`. Each ratio compares two things that were measured in the same run.'
  // The plots are in the folder of the results.
  const text = [head, ...found].join('\n\n').replaceAll('](', '](results/')
  await writeFile(join(folder, '../RESULTS.md'), `${text}\n`)
}
