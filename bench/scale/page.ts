import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { tableText } from '../report.js'
import type { Table } from '../section.js'

const page = join(import.meta.dirname, '../../docs/explanation/scale.md')
const start = '<!-- figures: written by npm run bench -- --only=scale --full -->'
const end = '<!-- end of figures -->'

/** Puts the tables between the marks of docs/explanation/scale.md. */
export async function writeFigures(tables: readonly Table[]): Promise<void> {
  await writeFile(page, withFigures(await readFile(page, 'utf8'), tables.map(tableText).join('\n\n')))
}

export function withFigures(text: string, figures: string): string {
  const [from, to] = [text.indexOf(start), text.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`The page has no place for figures between ${start} and ${end}.`)
  return `${text.slice(0, from + start.length)}\n\n${figures}\n\n${text.slice(to)}`
}
