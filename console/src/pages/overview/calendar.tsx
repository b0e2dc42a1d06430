import { Link } from '@tanstack/react-router'
import { type KeyboardEvent, type ReactNode, useLayoutEffect, useRef, useState } from 'react'
import { addDays, weeksUntil } from '../../format/days'
import type { DayFactsFragment } from '../../gql/graphql'
import { Badge } from '../../ui/badge'
import { daySign, dayStatuses, dayWords } from './day-words'
import styles from './calendar.module.css'

/** How many weeks the calendar has. */
export const calendarWeeks = 52

const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']
const monthName = new Intl.DateTimeFormat(undefined, { timeZone: 'UTC', month: 'short' })

interface CalendarProps {
  readonly days: readonly DayFactsFragment[]
  readonly today: string
}

/** The deliveries of each day. Arrow keys move from day to day, and a day leads to its deliveries. */
export function Calendar({ days, today }: CalendarProps): ReactNode {
  const [current, setCurrent] = useState(today)
  const grid = useRef<HTMLDivElement>(null)
  // Where there is no room for all weeks, the last ones are shown first.
  useLayoutEffect(() => {
    if (grid.current) grid.current.scrollLeft = grid.current.scrollWidth
  }, [])
  const facts = new Map(days.map((day) => [day.date, day]))
  const weeks = weeksUntil(today, calendarWeeks)
  const first = weeks[0]?.[0] ?? today
  const move = (event: KeyboardEvent): void => {
    const step = { ArrowUp: -1, ArrowDown: 1, ArrowLeft: -7, ArrowRight: 7 }[event.key]
    if (step === undefined) return
    event.preventDefault()
    const next = addDays(current, step)
    if (next < first || next > today) return
    setCurrent(next)
    grid.current?.querySelector<HTMLElement>(`[data-day="${next}"]`)?.focus()
  }
  return (
    <div className={styles['calendar']}>
      <div className={styles['weekdays']} aria-hidden>
        <span />
        {weekdays.map((name, index) => (
          <span key={name}>{index % 2 === 0 ? name : ''}</span>
        ))}
      </div>
      <div className={styles['weeks']} ref={grid} role="group" aria-label="Deliveries by day" onKeyDown={move}>
        {weeks.map((week, index) => (
          <div key={week[0]} className={styles['week']}>
            <span className={styles['month']} aria-hidden>
              {monthOf(week, weeks[index - 1])}
            </span>
            {week.map((day) => (
              <DayCell
                key={day}
                day={day}
                facts={facts.get(day)}
                isCurrent={day === current}
                onFocus={() => setCurrent(day)}
              />
            ))}
          </div>
        ))}
      </div>
      <p className={styles['facts']} aria-live="polite">
        {dayWords(current, facts.get(current))}
      </p>
      <ul className={styles['legend']} aria-label="Signs of the calendar">
        {Object.values(dayStatuses).map(({ word, tone }) => (
          <li key={word}>
            <Badge tone={tone}>{word}</Badge>
          </li>
        ))}
        <li className={styles['redelivered']}>↻ Redelivered files</li>
      </ul>
    </div>
  )
}

interface DayCellProps {
  readonly day: string
  readonly facts: DayFactsFragment | undefined
  readonly isCurrent: boolean
  readonly onFocus: () => void
}

function DayCell({ day, facts, isCurrent, onFocus }: DayCellProps): ReactNode {
  const shared = {
    'data-day': day,
    'data-status': facts?.status ?? 'NONE',
    'aria-label': dayWords(day, facts),
    className: styles['day'],
    tabIndex: isCurrent ? 0 : -1,
    onFocus,
    onMouseEnter: onFocus,
  }
  if (!facts) return <span {...shared} role="img" />
  return (
    <Link {...shared} to="/deliveries" search={{ from: day, to: day }}>
      <span aria-hidden>{daySign(facts)}</span>
    </Link>
  )
}

/** The name of the month above the week in which it begins. */
function monthOf(week: readonly string[], before: readonly string[] | undefined): string {
  const month = week[0]?.slice(0, 7)
  return month === undefined || month === before?.[0]?.slice(0, 7) ? '' : monthName.format(new Date(`${month}-01`))
}
