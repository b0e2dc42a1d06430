/** When in the day runs are due, and in which time zone. */
export interface ScheduleTime {
  /** A name of the IANA time zone database, such as `Europe/Berlin`. */
  readonly timeZone: string
  /** From 0 to 23, in local time. */
  readonly hour: number
  /** One of {@link scheduleMinutes}. */
  readonly minute: number
}

/** A {@link ScheduleTime} in which each field that is absent or null takes its default. */
export type ScheduleTimeInput = { readonly [Name in keyof ScheduleTime]?: ScheduleTime[Name] | null | undefined }

export const defaultScheduleTime: ScheduleTime = { timeZone: 'UTC', hour: 0, minute: 0 }

export const scheduleMinutes = [0, 15, 30, 45] as const

export function isSameTime(one: ScheduleTime, other: ScheduleTime): boolean {
  return one.timeZone === other.timeZone && one.hour === other.hour && one.minute === other.minute
}

/** A schedule time with its defaults in place of what is missing. */
export function scheduleTimeOf(input: ScheduleTimeInput | null | undefined): ScheduleTime {
  const { timeZone, hour, minute } = defaultScheduleTime
  return { timeZone: input?.timeZone ?? timeZone, hour: input?.hour ?? hour, minute: input?.minute ?? minute }
}

/** `06:30`. */
export function clockTime({ hour, minute }: Pick<ScheduleTime, 'hour' | 'minute'>): string {
  return [hour, minute].map((part) => String(part).padStart(2, '0')).join(':')
}
