import { scaleBand, scaleLinear } from 'd3-scale'
import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from 'react'
import styles from './bar-chart.module.css'
import { axisReach, axisTicks, barAfterKey, labeledBars } from './bar-scale'

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
const margin = { top: 16, right: 22, bottom: 24, left: 56 }
const hint = 'Point at a bar, or use the arrow keys.'

/**
 * Bars over time. Arrow keys and the pointer show the values of a bar below the chart. A table with the same numbers belongs beside it.
 */
export function BarChart({ label, bars, formatValue, formatId }: BarChartProps): ReactNode {
  const [frame, width] = useWidth()
  const [shownIndex, setShown] = useState<number>()
  const ticks = axisTicks(axisReach(bars))
  const x = scaleBand(
    bars.map(({ id }) => id),
    [margin.left, Math.max(margin.left + 1, width - margin.right)],
  ).padding(0.2)
  const y = scaleLinear([0, ticks.at(-1) ?? 1], [height - margin.bottom, margin.top]).clamp(true)
  const labeled = new Set(labeledBars(bars.length, width - margin.left))
  const move = (event: KeyboardEvent): void => {
    const next = barAfterKey(event.key, shownIndex, bars.length)
    if (next === undefined) return
    event.preventDefault()
    setShown(next)
  }
  return (
    <div ref={frame} className={styles['frame']}>
      <div
        className={styles['chart']}
        role="group"
        aria-label={`${label}. Arrow keys read the days.`}
        tabIndex={0}
        onKeyDown={move}
        onBlur={() => setShown(undefined)}
      >
        <svg width={width} height={height} aria-hidden onMouseLeave={() => setShown(undefined)}>
          {ticks.map((tick) => (
            <g key={tick} className={styles['tick']}>
              <line x1={margin.left} x2={width - margin.right} y1={y(tick)} y2={y(tick)} />
              <text x={margin.left - 8} y={y(tick)} dy="0.32em" textAnchor="end">
                {formatValue(tick)}
              </text>
            </g>
          ))}
          {bars.map((bar, index) => (
            <BarColumn
              key={bar.id}
              bar={bar}
              left={x(bar.id) ?? 0}
              step={x.step()}
              width={x.bandwidth()}
              top={y(bar.value)}
              isCut={bar.value > (ticks.at(-1) ?? 0)}
              isShown={index === shownIndex}
              onShow={() => setShown(index)}
              label={labeled.has(index) ? formatId(bar.id) : undefined}
            />
          ))}
        </svg>
      </div>
      <p className={styles['words']} aria-live="polite">
        {shownIndex === undefined ? <span className={styles['hint']}>{hint}</span> : bars[shownIndex]?.words}
      </p>
    </div>
  )
}

interface BarColumnProps {
  readonly bar: Bar
  readonly left: number
  readonly step: number
  readonly width: number
  readonly top: number
  /** Whether the bar is taller than the axis. */
  readonly isCut: boolean
  readonly isShown: boolean
  readonly onShow: () => void
  readonly label: string | undefined
}

function BarColumn({ bar, left, step, width, top, isCut, isShown, onShow, label }: BarColumnProps): ReactNode {
  const middle = left + width / 2
  const bottom = height - margin.bottom
  return (
    <g onMouseEnter={onShow}>
      {/* The whole height reacts, not only the bar. */}
      <rect
        className={isShown ? styles['shown'] : styles['room']}
        x={middle - step / 2}
        y={margin.top}
        width={step}
        height={bottom - margin.top}
      />
      {bar.value > 0 && (
        <rect
          className={bar.isSpecial ? styles['special'] : styles['bar']}
          x={left}
          y={Math.min(top, bottom - 1)}
          width={width}
          height={Math.max(1, bottom - top)}
          rx={Math.min(2, width / 3)}
        />
      )}
      {isCut && <path className={styles['gap']} d={`M${left - 3} ${top + 16}l${width + 6} -6`} />}
      {bar.isSpecial && <path className={styles['special']} d={`M${middle} ${top - 4}l-4 -6h8z`} />}
      {label !== undefined && (
        <text className={styles['day']} x={middle} y={height - 6} textAnchor="middle">
          {label}
        </text>
      )}
    </g>
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
