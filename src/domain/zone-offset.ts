import { Temporal } from 'temporal-polyfill'

/** How far the local time of a zone is ahead of UTC at a time, both in milliseconds. */
export function offsetAt(timeZone: string, time: number): number {
  return Temporal.Instant.fromEpochMilliseconds(time).toZonedDateTimeISO(timeZone).offsetNanoseconds / 1_000_000
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
    const zone = Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name.toLowerCase()).timeZoneId
    return regions.test(zone) ? zone : undefined
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}
