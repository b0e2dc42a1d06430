import { getRouteApi } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { useQuery } from 'urql'
import { formatDay, formatShortDay } from '../../format/dates'
import { addDays, daysBetween } from '../../format/days'
import { formatBytes, formatNumber, formatShort } from '../../format/numbers'
import type { DayFactsFragment, ExportEntityName } from '../../gql/graphql'
import { BarChart } from '../../ui/bar-chart'
import { Button } from '../../ui/button'
import { DataTable } from '../../ui/data-table'
import { Failure } from '../../ui/failure'
import { Select } from '../../ui/fields'
import { Empty, Loading } from '../../ui/notice'
import { Section } from '../../ui/page'
import { dayWords } from './day-words'
import { DaysDocument } from './overview-query'
import { dayRanges, type Days, defaultDays } from './overview-search'
import styles from './overview.module.css'

const route = getRouteApi('/')
const allEntities = ''

interface PlotsProps {
  readonly entities: readonly {
    readonly name: ExportEntityName
    readonly displayName: string
    readonly internalName: string
  }[]
  readonly today: string
}

/** Rows and bytes by day, of all entities or of one. */
export function Plots({ entities, today }: PlotsProps): ReactNode {
  const { entity: chosen, days = defaultDays } = route.useSearch()
  const navigate = route.useNavigate()
  const [isTable, setTable] = useState(false)
  const entity = entities.find(({ internalName }) => internalName === chosen)
  const from = addDays(today, 1 - days)
  const [{ data, error }, refresh] = useQuery({
    query: DaysDocument,
    variables: { from, to: today, entity: entity?.name ?? null },
  })
  const facts = new Map(data?.exportDays.map((day) => [day.date, day]))
  const filled = daysBetween(from, today).map((date) => ({ date, facts: facts.get(date) }))
  return (
    <Section
      title="Rows and bytes"
      lead="By the date in the paths. ▼ marks a full load. A bar with a gap is taller than its axis."
      actions={
        <div className={styles['controls']}>
          <Select
            label="Entity"
            value={entity?.internalName ?? allEntities}
            onChange={(value) =>
              void navigate({ search: (before) => ({ ...before, entity: value || undefined }), replace: true })
            }
            choices={[
              { value: allEntities, label: 'All entities' },
              ...entities.map(({ internalName, displayName }) => ({ value: internalName, label: displayName })),
            ]}
          />
          <Select
            label="Period"
            value={`${days}`}
            onChange={(value) =>
              void navigate({ search: (before) => ({ ...before, days: Number(value) as Days }), replace: true })
            }
            choices={dayRanges.map((range) => ({ value: `${range}`, label: `${range} days` }))}
          />
          <Button onPress={() => setTable(!isTable)}>{isTable ? 'Show as plots' : 'Show as a table'}</Button>
        </div>
      }
    >
      {error && <Failure error={error} what="The plots can't be shown" onRetry={() => refresh()} />}
      {!data && !error && <Loading what="Loading the plots" />}
      {data && isTable && <DaysTable days={data.exportDays} />}
      {data && !isTable && (
        <div className={styles['plots']}>
          <Plot title="Rows by day" days={filled} valueOf={({ rows }) => Number(rows)} formatValue={shortNumber} />
          <Plot title="Bytes by day" days={filled} valueOf={({ bytes }) => Number(bytes)} formatValue={formatBytes} />
        </div>
      )}
    </Section>
  )
}

function shortNumber(value: number): string {
  return formatShort(Math.round(value))
}

interface PlotProps {
  readonly title: string
  readonly days: readonly { readonly date: string; readonly facts: DayFactsFragment | undefined }[]
  readonly valueOf: (facts: DayFactsFragment) => number
  readonly formatValue: (value: number) => string
}

function Plot({ title, days, valueOf, formatValue }: PlotProps): ReactNode {
  const bars = days.map(({ date, facts }) => ({
    id: date,
    value: facts ? valueOf(facts) : 0,
    words: dayWords(date, facts),
    isSpecial: (facts?.fullLoads ?? 0) > 0,
  }))
  const total = bars.reduce((sum, { value }) => sum + value, 0)
  return (
    <div>
      <h3>{title}</h3>
      <BarChart
        label={`${title}, from ${formatDay(days[0]?.date ?? '')}: ${formatValue(total)} in all`}
        bars={bars}
        formatValue={formatValue}
        formatId={formatShortDay}
      />
    </div>
  )
}

function DaysTable({ days }: { readonly days: readonly DayFactsFragment[] }): ReactNode {
  if (days.length === 0) return <Empty title="Nothing was delivered in this period.">Choose a longer period.</Empty>
  return (
    <DataTable
      label="Deliveries by day"
      rows={days.toReversed()}
      keyOf={({ date }) => date}
      columns={[
        { id: 'date', title: 'Day', cell: ({ date }) => formatDay(date) },
        { id: 'files', title: 'Files', isNumber: true, cell: ({ files }) => formatNumber(files) },
        { id: 'rows', title: 'Rows', isNumber: true, cell: ({ rows }) => formatNumber(rows) },
        { id: 'bytes', title: 'Size', isNumber: true, cell: ({ bytes }) => formatBytes(bytes) },
        { id: 'full', title: 'Full loads', isNumber: true, cell: ({ fullLoads }) => formatNumber(fullLoads) },
      ]}
    />
  )
}
