import type { Report } from '../../src/compose/verifier.js'
import type { RunReport } from './api-client.js'
import type { Delivered, FetchedFile } from './tenant-files.js'
import type { Comparison } from './warehouse.js'
import type { SignedEvent } from './webhook-receiver.js'

const indent = '          '
const shownLines = 4
const shownWidth = 150

export function showRun({ status, to, entities, manifestPath }: RunReport): void {
  console.log(`${indent}${status}, window up to ${to}, manifest ${manifestPath ?? 'none'}`)
  table(
    ['entity', 'load', 'rows', 'bytes'],
    entities.map(({ entity, mode, rows, bytes }) => [
      entity.displayName,
      mode.toLowerCase(),
      number(rows),
      number(bytes),
    ]),
  )
}

/** Prints the files that the tenant sees, and the first lines of the smallest one. */
export function showFiles(files: readonly FetchedFile[], delivered: readonly Delivered[]): void {
  const resources = new Map(delivered.map(({ file, resource }) => [file.path, resource]))
  table(
    ['file', 'load', 'rows', 'bytes'],
    files.map(({ path, content }) => {
      const resource = resources.get(path)
      return [path, resource?.mode ?? '', resource ? number(resource.rows) : '', number(content.length)]
    }),
  )
  const [sample] = delivered.toSorted((one, other) => one.file.content.length - other.file.content.length)
  if (!sample) return
  console.log(`\n${indent}${sample.file.path} begins:`)
  showBeginning(sample.file.content)
}

function showBeginning(content: Buffer): void {
  for (const line of content.toString().split('\n').slice(0, shownLines)) {
    console.log(`${indent}  ${line.length > shownWidth ? `${line.slice(0, shownWidth)}…` : line}`)
  }
}

/** Prints the first lines of each file, as they are after decryption and decompression. */
export function showOpened(delivered: readonly Delivered[]): void {
  for (const { file, resource } of delivered) {
    console.log(`\n${indent}${file.path} (${resource.mode}, ${number(resource.rows)} rows), opened:`)
    showBeginning(file.content)
  }
}

/** Prints the events that a webhook received. */
export function showEvents(events: readonly SignedEvent[]): void {
  table(
    ['event', 'number', 'files', 'rows', 'signature'],
    events.map(({ type, number: count, data: { totals } }) => [
      type,
      number(count),
      number(totals?.files ?? null),
      number(totals?.rows ?? null),
      'right',
    ]),
  )
}

/** Prints the comparison and returns whether everything is equal. */
export function showComparison(comparisons: readonly Comparison[]): boolean {
  table(
    ['entity', 'rows', 'only in source', 'only in files', 'wrong count'],
    comparisons.map((found) =>
      [found.entity, found.rows, found.onlyInSource, found.onlyDelivered, found.miscounted].map((value) =>
        number(value),
      ),
    ),
  )
  return (
    comparisons.length > 0 &&
    comparisons.every(
      ({ rows, onlyInSource, onlyDelivered, miscounted }) =>
        rows > 0 && onlyInSource === 0 && onlyDelivered === 0 && miscounted === 0,
    )
  )
}

/** Prints the report and returns whether everything was checked and nothing differs. */
export function showVerification({ files, rows, sourceRows, differences, notLookedAt }: Report): boolean {
  for (const { path, what, expected, found } of differences) {
    console.log(`${indent}${path}: ${what}: expected ${expected}, found ${found}`)
  }
  for (const { path, reason } of notLookedAt) console.log(`${indent}not checked: ${path}: ${reason}`)
  console.log(
    `${indent}${number(files)} files with ${number(rows)} rows, compared with ${number(sourceRows)} rows of the source: ` +
      `${differences.length} differences`,
  )
  return files > 0 && differences.length === 0 && notLookedAt.length === 0
}

function number(value: number | string | null): string {
  if (value === null || value === '') return ''
  return Number.isNaN(Number(value)) ? String(value) : Number(value).toLocaleString('en-US')
}

/** A table library would bring six packages for this function. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)))
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('   ')
  for (const row of [head, widths.map((width) => '-'.repeat(width)), ...rows]) console.log(`${indent}${line(row)}`)
}
