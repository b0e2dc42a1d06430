import { format } from 'prettier'
import { importTable } from './table.js'

/** docs/reference/imports.md, from the table. */
export function importsPage(): Promise<string> {
  const rows = Object.entries(importTable).map(
    ([area, { areas, typesOf = [], packages }]) =>
      `| \`${area}\` | ${list(areas)} | ${list(typesOf)} | ${list(packages.map((name) => (name === 'node:' ? 'Node' : name)))} |`,
  )
  const lines = [
    '# Who may import whom',
    '',
    '`npm run check:imports -- --write` makes this page from `scripts/imports/table.ts`. `npm run check:imports` holds the code to it.',
    'No files import each other in a circle, by types either.',
    '',
    '| area | may import | may import types of | packages |',
    '| --- | --- | --- | --- |',
    ...rows,
  ]
  return format(lines.join('\n'), { parser: 'markdown' })
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'nothing' : names.join(', ')
}
