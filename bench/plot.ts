import type { Axis, Plot } from './section.js'

const [width, height, margin] = [720, 360, 56]
const colours = ['#0b6e99', '#c2410c', '#15803d', '#7c3aed']

/** A plot as SVG. */
export function drawPlot({ title, x, y, lines }: Plot): string {
  const points = lines.flatMap((line) => line.points)
  const across = scale(
    x,
    points.map(([value]) => value),
    margin,
    width - margin,
  )
  const up = scale(y, [0, ...points.map(([, value]) => value)], height - margin, margin)
  const drawn = lines.map((line, index) => {
    const path = line.points.map(([a, b]) => `${across.place(a).toFixed(1)},${up.place(b).toFixed(1)}`).join(' ')
    const colour = colours[index % colours.length]
    const dots = line.points.length > 20 ? '' : dotsAt(path, colour)
    const label = `<text x="${width - margin}" y="${margin - 24 + 16 * index}" text-anchor="end" fill="${colour}">${line.name}</text>`
    return `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>${dots}${label}`
  })
  const ticksAcross = across.ticks.map(
    (tick) => `<text x="${across.place(tick)}" y="${height - margin + 18}" text-anchor="middle">${short(tick)}</text>`,
  )
  const ticksUp = up.ticks.map(
    (tick) =>
      `<text x="${margin - 8}" y="${up.place(tick) + 4}" text-anchor="end">${short(tick)}</text>` +
      `<line x1="${margin}" x2="${width - margin}" y1="${up.place(tick)}" y2="${up.place(tick)}" stroke="#ddd"/>`,
  )
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="${width}" height="${height}" fill="#fff"/><text x="${margin}" y="22" font-size="15">${title}</text>`,
    ...ticksUp,
    ...ticksAcross,
    `<text x="${width / 2}" y="${height - 12}" text-anchor="middle">${x.label}</text>`,
    ...drawn,
    '</svg>\n',
  ].join('\n')
}

function dotsAt(path: string, colour = ''): string {
  return path
    .split(' ')
    .map((point) => point.split(','))
    .map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="3" fill="${colour}"/>`)
    .join('')
}

interface Scale {
  place(value: number): number
  readonly ticks: readonly number[]
}

function scale({ logarithmic = false }: Axis, values: readonly number[], from: number, to: number): Scale {
  const inner = (value: number) => (logarithmic ? Math.log10(value) : value)
  const [least, most] = [Math.min(...values.map(inner)), Math.max(...values.map(inner))]
  const place = (value: number) => from + ((inner(value) - least) / (most - least || 1)) * (to - from)
  if (logarithmic)
    return {
      place,
      ticks: Array.from({ length: Math.round(most - least) + 1 }, (_, i) => 10 ** (Math.round(least) + i)),
    }
  const step = niceStep((most - least) / 5)
  return { place, ticks: Array.from({ length: Math.floor((most - least) / step) + 1 }, (_, i) => least + i * step) }
}

function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough || 1))
  return ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power
}

function short(value: number): string {
  if (value >= 1e6) return `${value / 1e6} M`
  if (value >= 1e3) return `${value / 1e3} k`
  return String(Math.round(value * 100) / 100)
}
