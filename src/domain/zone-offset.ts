import { Temporal } from 'temporal-polyfill'

/** A time between two changes of a zone's offset. */
interface Period {
  readonly begin: number
  readonly end: number
  readonly offset: number
}

/** The periods that were asked for, by zone. The library takes milliseconds to find one. */
const periods = new Map<string, Period[]>()

/** How far the local time of a zone is ahead of UTC at a time, both in milliseconds. */
export function offsetAt(timeZone: string, time: number): number {
  const known = periods.get(timeZone) ?? []
  const found = known.find(({ begin, end }) => begin <= time && time < end)
  if (found) return found.offset
  const period = periodAt(timeZone, time)
  periods.set(timeZone, [period, ...known])
  return period.offset
}

function periodAt(timeZone: string, time: number): Period {
  const at = zonedTime(timeZone, time)
  return {
    // The transition before a time is not the one at that time.
    begin: zonedTime(timeZone, time + 1).getTimeZoneTransition('previous')?.epochMilliseconds ?? -Infinity,
    end: at.getTimeZoneTransition('next')?.epochMilliseconds ?? Infinity,
    offset: at.offsetNanoseconds / 1_000_000,
  }
}

function zonedTime(timeZone: string, time: number): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(time).toZonedDateTimeISO(timeZone)
}

/** Regions of the IANA database. Names outside of them, such as `EST` and `US/Pacific`, are missing on some servers. */
const regions = /^(?:Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific|Etc)\//

const longestName = 40

/** The zone as the IANA database spells it: `Europe/Berlin` for `europe/berlin`. Undefined if it does not exist. */
export function timeZoneNamed(name: string): string | undefined {
  if (name.length > longestName) return undefined
  if (name.toUpperCase() === 'UTC') return 'UTC'
  try {
    // In lower case, since the library remembers every spelling.
    const zone = zonedTime(name.toLowerCase(), 0).timeZoneId
    return regions.test(zone) ? zone : undefined
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}
