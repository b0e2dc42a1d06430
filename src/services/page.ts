import type { PageRequest } from '../database/pages.js'
import { InvalidPageError, type Page, type PageArguments } from './runs.js'

const defaultSize = 20
const maxSize = 100

/** Where something stands in an order by time and then by id, newest first. */
export interface Position {
  readonly at: Date
  readonly id: string
}

/** A page, newest first. A cursor names a place in the order, so it outlives what stands there. @throws InvalidPageError */
export async function pageOf<T>(
  page: PageArguments,
  find: (request: PageRequest) => Promise<readonly T[]>,
  positionOf: (node: T) => Position,
): Promise<Page<T>> {
  const backwards = page.last != null || page.before != null
  if (backwards && (page.first != null || page.after != null)) {
    throw new InvalidPageError('Give either first and after, or last and before, not both.')
  }
  const size = pageSize(backwards ? page.last : page.first)
  const cursor = backwards ? page.before : page.after
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

function pageSize(asked: number | null | undefined): number {
  const size = asked ?? defaultSize
  if (size < 1 || size > maxSize) throw new InvalidPageError(`Ask for 1 to ${maxSize} at a time.`)
  return size
}

function encodeCursor({ at, id }: Position): string {
  return Buffer.from(`${at.toISOString()} ${id}`).toString('base64url')
}

// Only what the database can take as a time and a UUID, or a made-up cursor would fail there.
const cursorForm = /^([12]\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/

function decodeCursor(cursor: string): Position {
  const [, time = '', id = ''] = cursorForm.exec(Buffer.from(cursor, 'base64url').toString()) ?? []
  const at = new Date(time)
  if (Number.isNaN(at.getTime())) throw new InvalidPageError('The cursor is not one that this API gave out.')
  return { at, id }
}
