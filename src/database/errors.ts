import { ExportError } from '../domain/errors.js'
import { Prisma } from '../generated/prisma/client.js'
import { StatementError } from './one-message.js'

/**
 * The store, with every error of Prisma turned into an ExportError: DATABASE_UNAVAILABLE if trying again can help, otherwise
 * INTERNAL. Prisma's own messages quote whole calls, so they stay in the cause, for the log.
 */
export function withTypedErrors<Store extends object>(store: Store): Store {
  return new Proxy(store, {
    get(target, name): unknown {
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      return async (...args: unknown[]): Promise<unknown> => {
        try {
          return await (member as (...args: unknown[]) => unknown).apply(target, args)
        } catch (error) {
          throw typedError(error, String(name))
        }
      }
    },
  })
}

/** Names the operation that failed. Errors that are not the database's stay as they are. */
export function typedError(error: unknown, operation: string): unknown {
  if (!(error instanceof Error) || !isOfDatabase(error)) return error
  if (isOutage(error)) {
    return new ExportError('DATABASE_UNAVAILABLE', `Tidemark's database did not answer (${operation})`, {
      cause: error,
    })
  }
  return new ExportError('INTERNAL', `Tidemark's database refused a statement (${operation})`, { cause: error })
}

function isOfDatabase(error: Error): boolean {
  return (
    error instanceof StatementError || /^(Prisma|DriverAdapter)/.test(error.name) || connectionBroke.test(error.message)
  )
}

/** Prisma does not wrap what the driver throws when a connection breaks within a transaction. */
const connectionBroke =
  /^(Connection terminated|Client (has encountered a connection error|was closed)|read ECONNRESET)/

/** Prisma's codes for: unreachable, broken off, timed out, too many connections, locks not acquired, conflicts. */
const temporary = new Set(['P1000', 'P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028', 'P2034', 'P2037'])

/** SQLSTATEs for: connection, resources, operator intervention, deadlock, lock and statement timeouts. */
const temporaryStates = /^(08|53|57|40|55P03|25P03)/

/** Includes a host name that does not resolve, temporarily or because it is wrong. The log has the cause. */
const outOfReach =
  /ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|reach database server|terminat|closed/i

function isOutage(error: Error): boolean {
  if (error instanceof StatementError) return error.state === undefined || temporaryStates.test(error.state)
  if (connectionBroke.test(error.message)) return true
  if (error instanceof Prisma.PrismaClientInitializationError) return true
  if (error instanceof Prisma.PrismaClientKnownRequestError && temporary.has(error.code)) return true
  const text = JSON.stringify(error) + error.message
  return statesIn(text).some((state) => temporaryStates.test(state)) || outOfReach.test(text)
}

/** All of them: Prisma's own code (P2010, P2039) looks like a SQLSTATE and comes first. */
function statesIn(text: string): string[] {
  const found = text.matchAll(/"(?:originalCode|code)":"([0-9A-Z]{5})"|Code: `([0-9A-Z]{5})`/g)
  return Array.from(found, ([, inFields, inMessage]) => inFields ?? inMessage ?? '')
}
