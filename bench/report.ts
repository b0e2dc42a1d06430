import type { Section, Table, Target } from './section.js'

/** A part of bench/RESULTS.md. */
export function sectionText({ title, about, tables, targets, plots = [] }: Section): string {
  return [
    `## ${title}`,
    about,
    ...tables.map(tableText),
    ...(targets.length > 0 ? [tableText(targetTable(targets))] : []),
    ...plots.map(({ file, title: name }) => `![${name}](${file})`),
  ].join('\n\n')
}

/** Whether a ratio is what it must be; undefined where nothing is asked of it. */
export function isMet({ ratio, atLeast, atMost }: Target): boolean | undefined {
  if (atLeast === undefined && atMost === undefined) return undefined
  return ratio >= (atLeast ?? -Infinity) && ratio <= (atMost ?? Infinity)
}

function targetTable(targets: readonly Target[]): Table {
  return {
    head: ['ratio', 'measured', 'must be', ''],
    rows: targets.map((target) => [target.name, target.ratio.toFixed(2), mustBe(target), verdict(isMet(target))]),
  }
}

const verdict = (met: boolean | undefined) => (met === undefined ? '' : met ? 'met' : 'MISSED')

function mustBe({ atLeast, atMost }: Target): string {
  if (atLeast !== undefined) return `≥ ${atLeast}`
  return atMost === undefined ? '' : `≤ ${atMost}`
}

export function tableText({ title, head, rows }: Table): string {
  const widths = head.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0), 3))
  const line = (cells: readonly string[]) =>
    `| ${widths.map((size, column) => (cells[column] ?? '').padEnd(size)).join(' | ')} |`
  const table = [line(head), line(widths.map((size) => '-'.repeat(size))), ...rows.map(line)].join('\n')
  return title === undefined ? table : `**${title}**\n\n${table}`
}
