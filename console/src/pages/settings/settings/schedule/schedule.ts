export interface ScheduleValue {
  /** A name of the IANA time zone database. */
  readonly timeZone: string
  readonly hour: number
  readonly minute: number
}

export const defaultSchedule: ScheduleValue = { timeZone: 'UTC', hour: 0, minute: 0 }

interface Choice {
  readonly value: string
  readonly label: string
}

export const hours: readonly Choice[] = Array.from({ length: 24 }, (_, hour) => choice(hour))
export const minutes: readonly Choice[] = [0, 15, 30, 45].map(choice)

function choice(number: number): Choice {
  return { value: String(number), label: String(number).padStart(2, '0') }
}

/** Zones that browsers list by a name that the IANA database gave up. */
const renamed: Readonly<Record<string, string>> = {
  'Africa/Asmera': 'Africa/Asmara',
  'America/Buenos_Aires': 'America/Argentina/Buenos_Aires',
  'America/Godthab': 'America/Nuuk',
  'America/Indianapolis': 'America/Indiana/Indianapolis',
  'America/Louisville': 'America/Kentucky/Louisville',
  'Asia/Calcutta': 'Asia/Kolkata',
  'Asia/Katmandu': 'Asia/Kathmandu',
  'Asia/Rangoon': 'Asia/Yangon',
  'Asia/Saigon': 'Asia/Ho_Chi_Minh',
  'Atlantic/Faeroe': 'Atlantic/Faroe',
  'Europe/Kiev': 'Europe/Kyiv',
  'Pacific/Ponape': 'Pacific/Pohnpei',
  'Pacific/Truk': 'Pacific/Chuuk',
}

/**
 * UTC, the reader's own zone, and the zones that the browser knows, by their names of today. The chosen ones are among them,
 * whatever the browser knows.
 */
export function timeZones(chosen: readonly string[], known: readonly string[], own: string): readonly Choice[] {
  const today = (name: string): string => renamed[name] ?? name
  const names = new Set(['UTC', today(own), ...chosen, ...known.map(today).toSorted()])
  return [...names].map((value) => ({ value, label: value === 'UTC' ? value : value.replaceAll('_', ' ') }))
}

/** `06:30 Europe/Berlin`. */
export function scheduleWords({ timeZone, hour, minute }: ScheduleValue): string {
  return `${[hour, minute].map((part) => String(part).padStart(2, '0')).join(':')} ${timeZone}`
}

export function isSameSchedule(one: ScheduleValue, other: ScheduleValue): boolean {
  return one.timeZone === other.timeZone && one.hour === other.hour && one.minute === other.minute
}

/** Takes each field that I have changed, and theirs of the others. */
export function mergeSchedules(change: {
  readonly base: ScheduleValue
  readonly mine: ScheduleValue
  readonly theirs: ScheduleValue
}): ScheduleValue {
  const { base, mine, theirs } = change
  return {
    timeZone: mine.timeZone === base.timeZone ? theirs.timeZone : mine.timeZone,
    hour: mine.hour === base.hour ? theirs.hour : mine.hour,
    minute: mine.minute === base.minute ? theirs.minute : mine.minute,
  }
}
