import type { PageRequest } from '../database/pages.js'

/** A page, newest first, as a Relay connection needs it. A cursor is opaque and stays valid. */
export interface Page<T> {
  readonly edges: readonly { readonly cursor: string; readonly node: T }[]
  readonly hasNextPage: boolean
  readonly hasPreviousPage: boolean
}

export interface PageArguments {
  /** Forward: at most `first` (1 to 100, 20 by default) after the cursor. Backward: `last` before the cursor. */
  readonly first?: number | null | undefined
  readonly after?: string | null | undefined
  readonly last?: number | null | undefined
  readonly before?: string | null | undefined
}

/** The page arguments contradict each other, or are out of range. The message says what would be right. */
export class InvalidPageError extends Error {
  override readonly name = 'InvalidPageError'
}

const defaultSize = 20
const maxSize = 100

/** A place in an order by time and then by id, newest first. */
export interface Position {
  readonly at: Date
  readonly id: string
}

/** A page, newest first. A cursor names a place in the order, so it stays valid when its row is removed. @throws InvalidPageError */
export async function pageOf<T>(
  page: PageArguments,
  find: (request: PageRequest) => Promise<readonly T[]>,
  positionOf: (node: T) => Position,
): Promise<Page<T>> {
  const { size, isBackwards: backwards, cursor } = pageLimits(page)
  const from = cursor == null ? undefined : decodeCursor(cursor)
  const found = await find({ take: size + 1, backwards, from })
  const more = found.length > size
  const shown = backwards ? found.slice(-size) : found.slice(0, size)
  return {
    edges: shown.map((node) => ({ cursor: encodeCursor(positionOf(node)), node })),
    hasNextPage: backwards ? from !== undefined : more,
    hasPreviousPage: backwards ? more : from !== undefined,
  }
}

/** What the arguments request: how many items, in which direction, and from which cursor. @throws InvalidPageError */
export function pageLimits(page: PageArguments) {
  const isBackwards = page.last != null || page.before != null
  if (isBackwards && (page.first != null || page.after != null)) {
    throw new InvalidPageError(
      'The page arguments contradict each other. Give either first and after, or last and before, not both.',
    )
  }
  return {
    isBackwards,
    size: pageSize(isBackwards ? page.last : page.first),
    cursor: isBackwards ? page.before : page.after,
  }
}

function pageSize(asked: number | null | undefined): number {
  const size = asked ?? defaultSize
  if (size < 1 || size > maxSize)
    throw new InvalidPageError(`A page has 1 to ${maxSize} items, not ${size}. Change first or last.`)
  return size
}

function encodeCursor({ at, id }: Position): string {
  return Buffer.from(`${at.toISOString()} ${id}`).toString('base64url')
}

// Only what the database accepts as a time and a UUID: an invented cursor must not fail there.
const cursorForm = /^([12]\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/

function decodeCursor(cursor: string): Position {
  const [, time = '', id = ''] = cursorForm.exec(Buffer.from(cursor, 'base64url').toString()) ?? []
  const at = new Date(time)
  if (Number.isNaN(at.getTime()))
    throw new InvalidPageError('The cursor is invalid. Pass a cursor that this API returned.')
  return { at, id }
}
