import type { ApolloServer } from '@apollo/server'
import {
  type ExecutionArgs,
  type ExecutionResult,
  type FormattedExecutionResult,
  GraphQLError,
  type GraphQLFormattedError,
} from 'graphql'
import { CloseCode, makeServer, type Server, type SubscribePayload } from 'graphql-ws'
import { StoppingError } from '../../domain/access.js'
import type { Actor, Operator } from '../../domain/actor.js'
import { toApiFailure } from '../../services/api-failure.js'
import type { Audit } from '../../services/audit.js'
import type { Logger } from '../../telemetry/logger.js'
import { type GraphqlContext, graphqlContext } from '../context.js'
import { formattedError, refusal } from '../errors.js'
import type { Open, OpenOnes } from './open-ones.js'
import type { SubscriptionCall } from './subscription-call.js'

export interface ProtocolParts {
  readonly apollo: ApolloServer<GraphqlContext>
  readonly connections: OpenOnes
  readonly newCall: () => SubscriptionCall
  readonly audit: Audit
  readonly logger: Logger
}

/** What the first message of a connection shows, because a browser cannot set the headers of a WebSocket. */
export interface ShownCredentials {
  readonly authorization: string | undefined
  /** The tenant that an operator names. */
  readonly tenant: string | undefined
}

/** One connection. */
export interface Peer {
  readonly authenticate: (shown: ShownCredentials) => Promise<Actor | Operator>
  /** Counts one more operation. @throws RateLimitedError */
  readonly admit: (actor: Actor | Operator) => Promise<void>
  /** Writes the log line of a subscription that has ended, or was refused. */
  readonly log: (status: number, ms: number) => void
  readonly isOpen: () => boolean
  readonly close: (code: number, reason: string) => void
  /** The caller and its place among the open connections, once its first message has shown a valid token. */
  known?: { readonly actor: Actor | Operator; readonly connection: Open }
}

/** The protocol over connections that another module accepts. */
export type WebSocketProtocol = Server<Peer>

export const protocolName = 'graphql-transport-ws'

/**
 * The protocol `graphql-transport-ws`. The first message of a connection shows the token, and each subscription passes the same
 * checks as an operation over HTTP.
 */
export function webSocketProtocol(parts: ProtocolParts): WebSocketProtocol {
  return makeServer<Record<string, unknown>, Peer>({
    onConnect: ({ extra, connectionParams }) => connect(parts, extra, credentialsIn(connectionParams)),
    onSubscribe: ({ extra }, _id, payload) => begin(parts, extra, payload),
    subscribe: ({ rootValue }) => rootValue as AsyncIterable<ExecutionResult>,
    // Results and errors are safe to return already.
    onNext: (_context, _id, _payload, _args, result) => result as FormattedExecutionResult,
    onError: (_context, _id, _payload, errors) => errors.map((error) => shown(error, parts.logger)),
    onClose: ({ extra }) => extra.known?.connection.close(),
  })
}

async function connect(parts: ProtocolParts, peer: Peer, credentials: ShownCredentials): Promise<boolean> {
  try {
    const actor = await peer.authenticate(credentials)
    const connection = parts.connections.open(actor)
    peer.known = { actor, connection }
    connection.signal.addEventListener('abort', () => {
      const { reason } = connection.signal as { reason: unknown }
      if (reason instanceof Error) peer.close(closeCodeOf(reason), reason.message)
    })
    if (!peer.isOpen()) connection.close()
    return true
  } catch (error) {
    const { message, extensions } = await refusal(error, parts)
    peer.close(closeCodes[String(extensions['code'])] ?? CloseCode.InternalServerError, message)
    return false
  }
}

/** A client that sees 4403 gets a new token, and connects again. It waits after 1013, and gives up after 4400. */
const closeCodes: Readonly<Record<string, number>> = {
  UNAUTHENTICATED: CloseCode.Forbidden,
  FORBIDDEN: CloseCode.Forbidden,
  BAD_USER_INPUT: CloseCode.BadRequest,
  RATE_LIMITED: 1013,
  SERVICE_UNAVAILABLE: 1013,
}

function closeCodeOf(reason: Error): number {
  const goingAway = 1001
  return reason instanceof StoppingError ? goingAway : CloseCode.Forbidden
}

/** The names of HTTP headers, in any case, at the top or in `headers`, where some clients put them. */
function credentialsIn(params: Readonly<Record<string, unknown>> = {}): ShownCredentials {
  const { headers } = params
  const all = { ...(typeof headers === 'object' && headers), ...params }
  const named = new Map(Object.entries(all).map(([name, value]) => [name.toLowerCase(), value]))
  const text = (name: string): string | undefined => {
    const value = named.get(name)
    return typeof value === 'string' ? value : undefined
  }
  return { authorization: text('authorization'), tenant: text('tidemark-tenant') }
}

async function begin(
  parts: ProtocolParts,
  peer: Peer,
  payload: SubscribePayload,
): Promise<ExecutionArgs | readonly GraphQLError[]> {
  const started = performance.now()
  const log = (status: number): void => peer.log(status, performance.now() - started)
  const call = parts.newCall()
  const refused = await errorsOf(parts, peer, call, payload)
  if (!call.started) {
    log(refused.status)
    return refused.errors
  }
  const { document, signal, results } = call.started
  signal.addEventListener('abort', () => log(200))
  const schema = undefined as unknown as ExecutionArgs['schema'] // Only functions of graphql-js would need it.
  return { schema, document, operationName: payload.operationName ?? null, rootValue: results }
}

/** Passes an operation to Apollo Server. A subscription is in the call afterwards, anything else is refused. */
async function errorsOf(
  { apollo, audit, logger }: ProtocolParts,
  { known, admit }: Peer,
  subscription: SubscriptionCall,
  { query, variables, operationName }: SubscribePayload,
): Promise<{ readonly status: number; readonly errors: readonly GraphQLError[] }> {
  if (!known) throw new Error('a subscription came before the token')
  const { actor } = known
  try {
    const contextValue = await graphqlContext({
      document: query,
      introspection: false,
      hasAuthorization: true,
      authenticate: () => admit(actor).then(() => actor),
      audit,
      logger,
      subscription,
    })
    const request = { query, ...(variables && { variables }), ...(operationName && { operationName }) }
    const { http, body } = await apollo.executeOperation(request, { contextValue })
    const errors = body.kind === 'single' ? (body.singleResult.errors ?? []) : []
    return { status: http.status ?? 400, errors: errors.map(asError) }
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error
    const { http } = error.extensions as { http?: { status?: number } }
    return { status: http?.status ?? 400, errors: [asError(formattedError(error))] }
  }
}

/** graphql-ws takes errors of this class only. */
function asError({ message, extensions, locations, path }: GraphQLFormattedError): GraphQLError {
  const error = new GraphQLError(message, { ...(extensions && { extensions }), ...(path && { path }) })
  return Object.assign(error, { locations })
}

/** Its original error is the reason why the results ended. */
function shown(error: GraphQLError, logger: Logger): GraphQLFormattedError {
  if (!error.originalError) return error.toJSON()
  const { code, message } = toApiFailure(error.originalError, logger)
  return { message, extensions: { code } }
}
