import { formatDay, formatTime } from '../../format/dates'
import type { FullLoadReason } from '../../gql/graphql'

const reasons: Readonly<Record<FullLoadReason, string>> = {
  FIRST: 'the first file of the entity',
  COLUMNS_CHANGED: 'columns have changed',
  SOURCE_RESET: 'the source was replaced',
  REQUESTED: 'requested',
  LEDGER_RESTORED: 'files before it were lost in a restore',
}

interface Load {
  readonly mode: 'FULL' | 'DELTA'
  readonly fullLoadReason?: FullLoadReason | null
}

/** `Delta`, `Full load: requested`. */
export function loadWords({ mode, fullLoadReason }: Load): string {
  if (mode === 'DELTA') return 'Delta'
  return fullLoadReason == null ? 'Full load' : `Full load: ${reasons[fullLoadReason]}`
}

interface WindowOfFile {
  readonly from?: string | null
  readonly to: string
}

/** The window of a file in words: a whole day by its date, `everything before …` for a full load. */
export function windowWords({ from, to }: WindowOfFile): string {
  if (from == null) return `Everything before ${timeWords(to)}`
  if (isDay(from, to)) return `Changes of ${formatDay(from)}`
  return `Changes from ${timeWords(from)} to ${timeWords(to)}`
}

function isDay(from: string, to: string): boolean {
  return isMidnight(from) && isMidnight(to) && new Date(to).getTime() - new Date(from).getTime() === 86_400_000
}

/** A midnight is its day; another time is in full. */
function timeWords(time: string): string {
  return isMidnight(time) ? formatDay(time) : formatTime(time)
}

function isMidnight(time: string): boolean {
  return new Date(time).getTime() % 86_400_000 === 0
}
