import { formatDay } from '../../format/dates'
import { counted, formatBytes, formatNumber } from '../../format/numbers'
import type { DayFactsFragment, ExportDayStatus } from '../../gql/graphql'
import type { Tone } from '../../ui/tone'

export const dayStatuses: Readonly<Record<ExportDayStatus, { readonly word: string; readonly tone: Tone }>> = {
  DELIVERED: { word: 'Delivered', tone: 'good' },
  PARTLY_DELIVERED: { word: 'Partly delivered', tone: 'warn' },
  FAILED: { word: 'Failed', tone: 'bad' },
}

/** The sign of a day in the calendar: why it needs a look. Most days have none. */
export function daySign({ status, redeliveredFiles }: Pick<DayFactsFragment, 'status' | 'redeliveredFiles'>): string {
  if (status === 'FAILED') return '✕'
  if (status === 'PARTLY_DELIVERED') return '!'
  return redeliveredFiles > 0 ? '↻' : ''
}

/** A day in a sentence: `Nov 27, 2026: 26 files, 60,019 rows, 4.2 MB, 2 redelivered.` */
export function dayWords(day: string, facts: DayFactsFragment | undefined): string {
  if (!facts) return `${formatDay(day)}: no files.`
  const parts = [
    facts.status === 'DELIVERED' ? undefined : dayStatuses[facts.status].word.toLowerCase(),
    counted(facts.files, 'file'),
    `${formatNumber(facts.rows)} rows`,
    formatBytes(facts.bytes),
    facts.fullLoads > 0 ? counted(facts.fullLoads, 'full load') : undefined,
    facts.redeliveredFiles > 0 ? `${facts.redeliveredFiles} redelivered` : undefined,
    facts.removedFiles > 0 ? `${facts.removedFiles} removed from the server` : undefined,
    facts.failedEntities > 0 ? counted(facts.failedEntities, 'entity failed', 'entities failed') : undefined,
  ]
  return `${formatDay(day)}: ${parts.filter((part) => part !== undefined).join(', ')}.`
}
