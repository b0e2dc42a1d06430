import { scaleBand, scaleLinear } from 'd3-scale'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import styles from './bar-chart.module.css'

export interface Bar {
  /** A day, such as `2026-11-28`. */
  readonly id: string
  readonly value: number
  /** The bar in words, for its tooltip. */
  readonly words: string
  /** Whether it differs in kind from the others, such as a full load among deltas. */
  readonly isSpecial?: boolean
}

interface BarChartProps {
  /** What the chart shows, for screen readers. */
  readonly label: string
  readonly bars: readonly Bar[]
  readonly formatValue: (value: number) => string
  readonly formatId: (id: string) => string
}

const height = 180
const margin = { top: 8, right: 4, bottom: 24, left: 52 }

/** Bars over time. The chart is one image for screen readers; a table with the same numbers belongs beside it. */
export function BarChart({ label, bars, formatValue, formatId }: BarChartProps): ReactNode {
  const [frame, width] = useWidth()
  const [shown, setShown] = useState<Bar>()
  const x = scaleBand(
    bars.map(({ id }) => id),
    [margin.left, Math.max(margin.left + 1, width - margin.right)],
  ).padding(0.2)
  // Special bars would dwarf the others, so they are cut off where the others end.
  const usual = bars.filter(({ isSpecial, value }) => !isSpecial && value > 0)
  const top = Math.max(1, ...(usual.length > 0 ? usual : bars).map(({ value }) => value))
  const y = scaleLinear([0, top], [height - margin.bottom, margin.top])
    .nice(4)
    .clamp(true)
  const every = Math.max(1, Math.ceil(bars.length / Math.max(1, Math.floor(width / 110))))
  return (
    <div ref={frame} className={styles['frame']}>
      <svg width={width} height={height} role="img" aria-label={label} onMouseLeave={() => setShown(undefined)}>
        {y.ticks(4).map((tick) => (
          <g key={tick} className={styles['tick']}>
            <line x1={margin.left} x2={width - margin.right} y1={y(tick)} y2={y(tick)} />
            <text x={margin.left - 8} y={y(tick)} dy="0.32em" textAnchor="end">
              {formatValue(tick)}
            </text>
          </g>
        ))}
        {bars.map((bar, index) => (
          <g key={bar.id} onMouseEnter={() => setShown(bar)}>
            {/* The whole height reacts, not only the bar. */}
            <rect
              x={x(bar.id)}
              y={margin.top}
              width={x.step()}
              height={height - margin.top - margin.bottom}
              opacity={0}
            />
            <rect
              className={bar.isSpecial ? styles['special'] : styles['bar']}
              x={x(bar.id)}
              y={y(bar.value)}
              width={x.bandwidth()}
              height={y(0) - y(bar.value)}
              rx={Math.min(2, x.bandwidth() / 3)}
            />
            {index % every === 0 && (
              <text
                className={styles['day']}
                x={(x(bar.id) ?? 0) + x.bandwidth() / 2}
                y={height - 6}
                textAnchor="middle"
              >
                {formatId(bar.id)}
              </text>
            )}
          </g>
        ))}
      </svg>
      <p className={styles['words']}>{shown?.words ?? ' '}</p>
    </div>
  )
}

/** The width that an element has room for. */
function useWidth() {
  const frame = useRef<HTMLDivElement>(null)
  const [width, setWidth] = useState(600)
  useEffect(() => {
    const element = frame.current
    if (!element) return undefined
    const observer = new ResizeObserver(([entry]) => entry && setWidth(Math.floor(entry.contentRect.width)))
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  return [frame, width] as const
}
