/** What the pages of the reference are written with. */

/** A table; a cell is Markdown, see {@link inCell}. */
export function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  return [titles, titles.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

/** Text that comes from the code, on one line, with nothing that ends a cell or looks like HTML. */
export function inCell(text: string): string {
  return outsideCode(text.trim().replaceAll(/\s+/g, ' '), (part) =>
    part.replaceAll('<', '&lt;').replaceAll('*', String.raw`\*`),
  ).replaceAll('|', String.raw`\|`)
}

export const code = (text: string): string => `\`${text}\``

/** The line below the title that says where the page comes from. */
export const madeFrom = (source: string): string =>
  `\`npm run docs\` makes this page from ${source}. A test compares them.`

/** The anchor that GitHub gives a heading. */
export function anchor(heading: string): string {
  return `#${heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')}`
}

function outsideCode(text: string, change: (part: string) => string): string {
  return text
    .split(/(`[^`]*`)/)
    .map((part) => (part.startsWith('`') ? part : change(part)))
    .join('')
}
