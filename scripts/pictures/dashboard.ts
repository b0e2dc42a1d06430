/**
 * Draws the panels of the dashboard (deploy/observability/grafana) from a Prometheus that runs, as SVG: where there is no Grafana, this
 * shows that each query has data. Usage: `npx tsx scripts/pictures/dashboard.ts http://127.0.0.1:9090 MINUTES FILE [END]`.
 */
import { readFileSync, writeFileSync } from 'node:fs'

interface Panel {
  readonly type: string
  readonly title: string
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[]
  readonly fieldConfig?: {
    readonly defaults: { readonly unit: string; readonly custom?: { readonly stacking?: object } }
  }
}
interface Series {
  readonly metric: Readonly<Record<string, string>>
  readonly values: readonly (readonly [number, string])[]
}
interface Line {
  readonly name: string
  readonly points: readonly (readonly [at: number, value: number])[]
}

const cell = { width: 60, height: 30 }
const stepSeconds = 10
const colors = [
  '#7eb26d',
  '#eab839',
  '#6ed0e0',
  '#ef843c',
  '#e24d42',
  '#1f78c1',
  '#ba43a9',
  '#705da0',
  '#508642',
  '#cca300',
]
const [prometheus = '', minutes = '10', file = '', until = new Date().toISOString()] = process.argv.slice(2)
const end = Math.floor(Date.parse(until) / 1000)
const start = end - Number(minutes) * 60

const { panels } = JSON.parse(readFileSync('deploy/observability/grafana/dashboards/tidemark.json', 'utf8')) as {
  panels: readonly Panel[]
}
const drawn: string[] = []
for (const panel of panels) drawn.push(await draw(panel))
const height = Math.max(...panels.map(({ gridPos: { y, h } }) => y + h)) * cell.height
writeFileSync(
  file,
  `<svg xmlns="http://www.w3.org/2000/svg" width="1440" height="${height}" viewBox="0 0 1440 ${height}" font-family="sans-serif" font-size="11">
<rect width="1440" height="${height}" fill="#111217"/>
${drawn.join('\n')}
</svg>
`,
)

async function draw(panel: Panel): Promise<string> {
  const { x, y, w, h } = panel.gridPos
  const box = { x: x * cell.width + 4, y: y * cell.height + 4, w: w * cell.width - 8, h: h * cell.height - 8 }
  if (panel.type === 'row') return text(box.x, box.y + 17, panel.title, '#ffffff', 15)
  const lines = (await Promise.all((panel.targets ?? []).map(linesOf))).flat()
  if (lines.length === 0) console.log(`${panel.title}: no data`)
  const frame = `<rect x="${box.x}" y="${box.y}" width="${box.w}" height="${box.h}" fill="#181b1f" stroke="#2c3235"/>`
  const inner = panel.type === 'stat' ? statOf(panel, lines, box) : graphOf(panel, lines, box)
  return [frame, text(box.x + 8, box.y + 16, panel.title, '#ccccdc'), inner].join('\n')
}

async function linesOf({ expr, legendFormat }: { expr: string; legendFormat: string }): Promise<Line[]> {
  const query = new URLSearchParams({
    query: expr.replaceAll('$__rate_interval', '1m'),
    start: String(start),
    end: String(end),
    step: String(stepSeconds),
  })
  const response = await fetch(`${prometheus}/api/v1/query_range?${query.toString()}`)
  const body = (await response.json()) as { status: string; error?: string; data: { result: readonly Series[] } }
  if (body.status !== 'success') throw new Error(`${expr}: ${body.error}`)
  return body.data.result.map(({ metric, values }) => ({
    name: legendFormat.replaceAll(/\{\{(\w+)\}\}/g, (_, label: string) => metric[label] ?? ''),
    points: values.map(([at, value]) => [at, Number(value)] as const).filter(([, value]) => Number.isFinite(value)),
  }))
}

interface Box {
  readonly x: number
  readonly y: number
  readonly w: number
  readonly h: number
}

function statOf({ fieldConfig }: Panel, lines: readonly Line[], box: Box): string {
  const shown = lines.flatMap(({ name, points }) => {
    const last = points.at(-1)
    return last && last[0] > end - 60 ? [`${shownValue(last[1], fieldConfig?.defaults.unit)} ${name}`.trim()] : []
  })
  const size = shown.some((value) => value.length > 8) || shown.length > 1 ? 15 : 30
  return (shown.length > 0 ? shown : ['none'])
    .map((value, at) => text(box.x + 12, box.y + 50 + at * 20, value, '#73bf69', size))
    .join('\n')
}

function graphOf({ fieldConfig }: Panel, lines: readonly Line[], box: Box): string {
  const plot = { x: box.x + 50, y: box.y + 26, w: box.w - 60, h: box.h - 66 }
  const isStacked = fieldConfig?.defaults.custom?.stacking !== undefined
  const sums = new Map<number, number>()
  const stacked = lines.map(({ name, points }) => ({
    name,
    points: points.map(([at, value]) => {
      const top = (isStacked ? (sums.get(at) ?? 0) : 0) + value
      sums.set(at, top)
      return [at, top] as const
    }),
  }))
  const most = Math.max(1e-9, ...stacked.flatMap(({ points }) => points.map(([, value]) => value)))
  const xOf = (at: number) => plot.x + ((at - start) / (end - start)) * plot.w
  const yOf = (value: number) => plot.y + plot.h - (value / most) * plot.h
  const paths = stacked.map(({ points }, index) => {
    const path = points
      .map(([at, value], i) => {
        const isGap = i === 0 || at - (points[i - 1]?.[0] ?? 0) > 2 * stepSeconds
        return `${isGap ? 'M' : 'L'}${xOf(at).toFixed(1)} ${yOf(value).toFixed(1)}`
      })
      .join('')
    return `<path d="${path}" fill="none" stroke="${colors[index % colors.length]}" stroke-width="1.5"/>`
  })
  const legend = stacked
    .slice(0, 5)
    .map(({ name }, index) =>
      text(
        box.x + 8 + (index % 3) * (box.w / 3),
        box.y + box.h - 24 + Math.floor(index / 3) * 14,
        `— ${name.slice(0, Math.floor(box.w / 20))}`,
        colors[index % colors.length],
      ),
    )
  const axis = [
    text(box.x + 4, plot.y + 8, shownValue(most, fieldConfig?.defaults.unit), '#8e8e8e'),
    text(box.x + 4, plot.y + plot.h, '0', '#8e8e8e'),
    `<line x1="${plot.x}" y1="${plot.y + plot.h}" x2="${plot.x + plot.w}" y2="${plot.y + plot.h}" stroke="#2c3235"/>`,
  ]
  return [...axis, ...paths, ...legend].join('\n')
}

function shownValue(value: number, unit = ''): string {
  if (unit === 's') return value < 1 ? `${(value * 1000).toFixed(0)} ms` : `${value.toFixed(1)} s`
  if (unit === 'bytes' || unit === 'Bps')
    return value < 1e6 ? `${(value / 1e3).toFixed(1)} kB` : `${(value / 1e6).toFixed(1)} MB`
  return value < 10 ? String(Number(value.toFixed(2))) : Math.round(value).toLocaleString('en')
}

function text(x: number, y: number, value: string, color = '#ccccdc', size = 11): string {
  const escaped = value.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  return `<text x="${x.toFixed(0)}" y="${y.toFixed(0)}" fill="${color}" font-size="${size}">${escaped}</text>`
}
