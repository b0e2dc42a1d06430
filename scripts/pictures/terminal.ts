const size = { font: 13, line: 18, character: 7.83, padding: 18, bar: 34 }
const colors = {
  back: '#14181f',
  bar: '#232936',
  text: '#d5dbe6',
  step: '#7ee0a8',
  rule: '#5b6577',
  command: '#8ec7ff',
}

/** Lines of a terminal as an SVG that needs no font of its own. Lines that begin with a time are steps. */
export function terminalSvg(command: string, lines: readonly string[]): string {
  const shown = [`$ ${command}`, '', ...lines]
  const columns = Math.max(...shown.map((line) => line.length))
  const width = Math.ceil(columns * size.character + 2 * size.padding)
  const height = size.bar + shown.length * size.line + 2 * size.padding
  const dots = ['#ff5f57', '#febc2e', '#28c840'].map(
    (color, at) => `<circle cx="${20 + at * 20}" cy="${size.bar / 2}" r="6" fill="${color}"/>`,
  )
  const texts = shown.map(
    (line, at) =>
      `<text x="${size.padding}" y="${size.bar + size.padding + (at + 0.7) * size.line}" fill="${colorOf(line)}">${escaped(line)}</text>`,
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">
<rect width="${width}" height="${height}" rx="8" fill="${colors.back}"/>
<path d="M0 ${size.bar}V8a8 8 0 0 1 8-8h${width - 16}a8 8 0 0 1 8 8v${size.bar - 8}z" fill="${colors.bar}"/>
${dots.join('')}
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${size.font}">
${texts.join('\n')}
</g>
</svg>
`
}

function colorOf(line: string): string {
  if (line.startsWith('$')) return colors.command
  if (/^ *[\d.]+ s {2}/.test(line)) return colors.step
  return /^[ -]+$/.test(line) ? colors.rule : colors.text
}

/** With spaces that no reader of SVG folds. */
function escaped(text: string): string {
  return text.replaceAll(' ', '\u00a0').replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
