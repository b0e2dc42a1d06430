import type { RunPosition, RunStore } from '../database/run-store.js'
import type { Run } from '../domain/run.js'
import { InvalidPageError, type RunPage, type RunPageArguments } from './runs.js'

const defaultSize = 20
const maxSize = 100

/** A page of a tenant's runs, newest first. A cursor names the run's place in the order, so it outlives the run. */
export async function runPage(store: RunStore, tenantId: string, page: RunPageArguments): Promise<RunPage> {
  const backwards = page.last != null || page.before != null
  if (backwards && (page.first != null || page.after != null)) {
    throw new InvalidPageError('Give either first and after, or last and before, not both.')
  }
  const size = pageSize(backwards ? page.last : page.first)
  const cursor = backwards ? page.before : page.after
  const from = cursor == null ? undefined : decodeCursor(cursor)
  const found = await store.page(tenantId, { take: size + 1, backwards, from })
  const more = found.length > size
  const shown = backwards ? found.slice(-size) : found.slice(0, size)
  return {
    edges: shown.map((node) => ({ cursor: encodeCursor(node), node })),
    hasNextPage: backwards ? from !== undefined : more,
    hasPreviousPage: backwards ? more : from !== undefined,
  }
}

function pageSize(asked: number | null | undefined): number {
  const size = asked ?? defaultSize
  if (size < 1 || size > maxSize) throw new InvalidPageError(`Ask for 1 to ${maxSize} runs at a time.`)
  return size
}

function encodeCursor({ queuedAt, id }: Run): string {
  return Buffer.from(`${queuedAt.toISOString()} ${id}`).toString('base64url')
}

// Only what the database can take as a time and a UUID, or a made-up cursor would fail there.
const cursorForm = /^([12]\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/

function decodeCursor(cursor: string): RunPosition {
  const [, time = '', id = ''] = cursorForm.exec(Buffer.from(cursor, 'base64url').toString()) ?? []
  const queuedAt = new Date(time)
  if (Number.isNaN(queuedAt.getTime())) throw new InvalidPageError('The cursor is not one that this API gave out.')
  return { queuedAt, id }
}
