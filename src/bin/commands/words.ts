import { InvalidArgumentError } from 'commander'

/** How many items a list has at most. */
export function limit(text: string): number {
  const number = Number(text)
  if (Number.isInteger(number) && number >= 1 && number <= 100) return number
  throw new InvalidArgumentError('Give a number from 1 to 100.')
}

/** For how many days files were not fetched. */
export function days(text: string): number {
  const number = Number(text)
  if (Number.isInteger(number) && number >= 1 && number <= 90) return number
  throw new InvalidArgumentError('Give a number of days from 1 to 90.')
}

/** A time in ISO 8601, a time of today in UTC such as 00:00, or a duration back from now such as 6h. */
export function moment(text: string): Date {
  const [, amount, unit] = /^(\d+)([mhd])$/.exec(text) ?? []
  if (amount !== undefined) return new Date(Date.now() - Number(amount) * unitMs[unit as keyof typeof unitMs])
  const today = /^\d\d:\d\d$/.test(text) ? `${new Date().toISOString().slice(0, 10)}T${text}Z` : text
  const at = new Date(today)
  if (!Number.isNaN(at.getTime())) return at
  throw new InvalidArgumentError('Give a time such as 2026-03-01T00:00Z, 00:00 (today in UTC), or 6h (six hours ago).')
}

/** A time in ISO 8601, with its zone or in UTC. */
export function instant(text: string): Date {
  const at = /^\d{4}-\d\d-\d\d/.test(text)
    ? new Date(/(Z|[+-]\d\d:?\d\d)$/.test(text) || text.length === 10 ? text : `${text}Z`)
    : undefined
  if (at && !Number.isNaN(at.getTime())) return at
  throw new InvalidArgumentError('Give a time such as 2026-03-01T00:00:00Z.')
}

const unitMs = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const
