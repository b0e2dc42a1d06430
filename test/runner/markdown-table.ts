export interface Column {
  readonly title: string
  /** Numbers stand at the right. */
  readonly numeric?: boolean
}

/** A table in Markdown whose columns stand below each other in a terminal too. Cells are one line each. */
export function markdownTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const lines = [columns.map(({ title }) => title), ...rows.map((row) => row.map(escaped))]
  const widths = columns.map((_, at) => Math.max(...lines.map((line) => line[at]?.length ?? 0)))
  const [header, ...body] = lines.map(
    (line) => `| ${columns.map((column, at) => pad(line[at] ?? '', column, widths[at] ?? 0)).join(' | ')} |`,
  )
  const rule = `|${columns.map(({ numeric }, at) => ruler(widths[at] ?? 0, numeric)).join('|')}|`
  return [header, rule, ...body].join('\n')
}

/** What would end the cell, or the line. */
function escaped(cell: string): string {
  return cell.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ')
}

function pad(cell: string, { numeric = false }: Column, width: number): string {
  return numeric ? cell.padStart(width) : cell.padEnd(width)
}

function ruler(width: number, numeric = false): string {
  return numeric ? `${'-'.repeat(width + 1)}:` : '-'.repeat(width + 2)
}
