/** A part of a list, newest first: at most `take` rows after (or before) `from`, by time and then by id. */
export interface PageRequest {
  readonly take: number
  readonly backwards: boolean
  readonly from: { readonly at: Date; readonly id: string } | undefined
}

/** The arguments of Prisma's query. Backwards, the rows come oldest first. `time` is the column of the order. */
export function pageQuery<Time extends string>(time: Time, { take, backwards, from }: PageRequest) {
  const direction = backwards ? ('asc' as const) : ('desc' as const)
  const beyond = backwards ? 'gt' : 'lt'
  const at = (value: unknown) => ({ [time]: value }) as Record<Time, never>
  const where = from ? { OR: [at({ [beyond]: from.at }), { ...at(from.at), id: { [beyond]: from.id } }] } : {}
  return { where, orderBy: [{ [time]: direction } as Record<Time, 'asc' | 'desc'>, { id: direction }], take }
}

/** The condition of a time in [from, to), with an open end where none is given. */
export function between(from: Date | null | undefined, to: Date | null | undefined) {
  return { ...(from && { gte: from }), ...(to && { lt: to }) }
}
