/** When exports are due. All times are UTC. A boundary is a midnight: every one, those of Mondays, or those of the 1st. */

export const exportFrequencies = {
  DAILY: 'Every day at midnight UTC.',
  WEEKLY: 'Every Monday at midnight UTC.',
  MONTHLY: 'On the 1st of every month at midnight UTC.',
} as const
export type ExportFrequency = keyof typeof exportFrequencies

export const defaultFrequency: ExportFrequency = 'DAILY'

const dayMs = 24 * 60 * 60 * 1000

/** The midnight that the UTC day of `at` begins with. */
export function startOfDay(at: Date): Date {
  return new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()))
}

/** The latest boundary that is not after `at`. */
export function boundaryAtOrBefore(frequency: ExportFrequency, at: Date): Date {
  const day = startOfDay(at)
  switch (frequency) {
    case 'DAILY':
      return day
    case 'WEEKLY':
      return new Date(day.getTime() - daysSinceMonday(day) * dayMs)
    case 'MONTHLY':
      return new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), 1))
  }
}

/** The earliest boundary that is after `at`. */
export function nextBoundary(frequency: ExportFrequency, at: Date): Date {
  const last = boundaryAtOrBefore(frequency, at)
  switch (frequency) {
    case 'DAILY':
      return new Date(last.getTime() + dayMs)
    case 'WEEKLY':
      return new Date(last.getTime() + 7 * dayMs)
    case 'MONTHLY':
      return new Date(Date.UTC(last.getUTCFullYear(), last.getUTCMonth() + 1, 1))
  }
}

/** The next `count` boundaries after `at`, in order. */
export function nextBoundaries(frequency: ExportFrequency, at: Date, count: number): Date[] {
  const boundaries: Date[] = []
  for (let from = at; boundaries.length < count;) {
    from = nextBoundary(frequency, from)
    boundaries.push(from)
  }
  return boundaries
}

/** The boundaries after `after` up to `upTo`, in order, at most so many. */
export function boundariesBetween(frequency: ExportFrequency, after: Date, upTo: Date, atMost: number): Date[] {
  const boundaries: Date[] = []
  for (let at = nextBoundary(frequency, after); at <= upTo && boundaries.length < atMost;) {
    boundaries.push(at)
    at = nextBoundary(frequency, at)
  }
  return boundaries
}

export function isBoundary(frequency: ExportFrequency, at: Date): boolean {
  return boundaryAtOrBefore(frequency, at).getTime() === at.getTime()
}

function daysSinceMonday(day: Date): number {
  return (day.getUTCDay() + 6) % 7
}
