import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Actor, Scope } from '../domain/actor.js'
import type { Delivery } from '../domain/delivery.js'
import type { DeliveryFetches, FileFetch } from '../domain/fetch.js'
import type { Deliveries } from '../services/deliveries.js'
import type { Fetches } from '../services/fetches.js'
import { InvalidPageError, type Page, type PageArguments } from '../services/page.js'
import type { SftpKeys } from '../services/sftp-keys.js'
import { sendProblem } from './problem.js'

export interface DeliveryRoutes {
  readonly deliveries: Deliveries
  readonly fetches: Fetches
  readonly sftpKeys: SftpKeys
  /** Checks the token before the body is read. */
  readonly permit: (scope: Scope) => (request: FastifyRequest) => Promise<void>
  readonly callerOf: (request: FastifyRequest) => Actor
}

/** `GET /deliveries`, `GET /deliveries/{id}/fetches` and `GET /sftp-keys`. */
export function addDeliveryRoutes(server: FastifyInstance, options: DeliveryRoutes): void {
  const { deliveries, fetches, permit, callerOf } = options
  const onRequest = permit('exports:read')

  server.get('/deliveries', { onRequest }, async (request, reply) => {
    const actor = callerOf(request)
    const page = await readPage(request, (query) =>
      deliveries.page(actor, { ...pageOfQuery(query), notFetchedForDays: numberOf(query, 'notFetchedForDays') }),
    )
    if (typeof page === 'string') return sendInvalid(reply, page)
    const nodes = page.edges.map(({ node }) => node)
    const fetched = await fetches.ofDeliveries(actor, nodes)
    return pageBody(page, (delivery) => deliveryBody(delivery, fetched.get(delivery.id)))
  })

  server.get('/deliveries/:id/fetches', { onRequest }, async (request, reply) => {
    const actor = callerOf(request)
    const { id } = request.params as { readonly id: string }
    const delivery = await deliveries.find(actor, id)
    if (!delivery) return sendNoDelivery(reply)
    const page = await readPage(request, (query) => fetches.page(actor, id, pageOfQuery(query)))
    if (typeof page === 'string') return sendInvalid(reply, page)
    const known = await fetches.ofDeliveries(actor, [delivery])
    return { ...fetchesBody(known.get(id)), ...pageBody(page, fetchBody) }
  })

  server.get('/sftp-keys', { onRequest }, (request) => keysBody(options, callerOf(request)))
}

async function keysBody({ sftpKeys, fetches }: Pick<DeliveryRoutes, 'sftpKeys' | 'fetches'>, actor: Actor) {
  const [{ keys }, uses] = await Promise.all([sftpKeys.access(actor), fetches.keyUses(actor)])
  return {
    keys: keys.map(({ blob, ...key }) => {
      const used = uses.get(key.fingerprint)
      return { ...key, publicKey: `${key.type} ${blob}`, lastUsedAt: used && used >= key.addedAt ? used : null }
    }),
  }
}

type Query = Readonly<Record<string, unknown>>

/** Gives the page, or what is wrong with the query. */
async function readPage<T>(
  request: FastifyRequest,
  read: (query: Query) => Promise<Page<T>>,
): Promise<Page<T> | string> {
  try {
    return await read((request.query ?? {}) as Query)
  } catch (error) {
    if (error instanceof InvalidPageError) return error.message
    throw error
  }
}

function pageOfQuery(query: Query): PageArguments {
  return { first: numberOf(query, 'first'), after: textOf(query, 'after') }
}

function textOf(query: Query, name: string): string | undefined {
  const value = query[name]
  if (value === undefined || typeof value === 'string') return value
  throw new InvalidPageError(`The query has ${name} several times. Give it once.`)
}

function numberOf(query: Query, name: string): number | undefined {
  const text = textOf(query, name)
  if (text === undefined) return undefined
  if (/^\d{1,6}$/.test(text)) return Number(text)
  throw new InvalidPageError(`The query parameter ${name} is not a whole number. Give a number, such as ${name}=7.`)
}

function pageBody<T>({ edges, hasNextPage }: Page<T>, bodyOf: (node: T) => object) {
  return { items: edges.map(({ node }) => bodyOf(node)), next: hasNextPage ? (edges.at(-1)?.cursor ?? null) : null }
}

function deliveryBody(delivery: Delivery, fetched: DeliveryFetches | undefined) {
  const { id, runId, entity, path, rows, bytes, sha256, sequence, revision, redelivered, publishedAt, removedAt } =
    delivery
  const { load } = delivery
  return {
    ...{ id, runId, entity, path, mode: load.mode.toLowerCase(), rows, bytes, sha256, sequence, revision, redelivered },
    ...{ publishedAt, removedAt },
    ...fetchesBody(fetched),
  }
}

function fetchesBody(fetched: DeliveryFetches | undefined) {
  return {
    fetchState: fetched?.state.toLowerCase().replaceAll('_', ' ') ?? null,
    fetchedAt: fetched?.fetchedAt ?? null,
    fetchCount: fetched?.count ?? null,
  }
}

function fetchBody({ deliveryId: _deliveryId, ...fetch }: FileFetch) {
  return fetch
}

type Reply = Parameters<typeof sendProblem>[0]

function sendInvalid(reply: Reply, detail: string): Reply {
  return sendProblem(reply, { status: 422, title: 'Unprocessable Content', detail, code: 'INVALID_QUERY' })
}

function sendNoDelivery(reply: Reply): Reply {
  const detail = 'The tenant has no delivery with this id. GET /deliveries lists the ids.'
  return sendProblem(reply, { status: 404, title: 'Not Found', detail, code: 'NO_SUCH_DELIVERY' })
}
