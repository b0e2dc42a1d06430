import type { FastifyReply, FastifyRequest } from 'fastify'
import { sendProblem } from '../../rest/problem.js'
import { isLoopback } from '../addresses.js'

/** The origin of the console. */
export type OriginOfConsole = (request: FastifyRequest) => string | undefined

/** PUBLIC_URL, or the address of this machine that the browser shows; undefined for any other host. */
export function consoleOrigin(publicUrl: string | undefined): OriginOfConsole {
  const known = publicUrl === undefined ? undefined : new URL(publicUrl).origin
  return ({ headers: { host = '' } }) => known ?? (isLoopback(host) ? `http://${host}` : undefined)
}

/** Whether a page of the console sends the request. Browsers that send no Fetch Metadata send at least the origin of a POST. */
function isFromOwnPage(request: FastifyRequest, originOf: OriginOfConsole): boolean {
  const site = request.headers['sec-fetch-site']
  if (site !== undefined) return site === 'same-origin'
  const { origin } = request.headers
  return origin !== undefined && origin === originOf(request)
}

/** The header that each POST of the console has. A page of another origin may not set it. */
const consoleHeader = 'tidemark-console'

/** Refuses a POST that another page could have caused, before its body and its cookie are read. */
export function refuseForeignPost(originOf: OriginOfConsole) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    if (request.method !== 'POST') return undefined
    if (request.headers[consoleHeader] === '1' && isFromOwnPage(request, originOf)) return undefined
    return sendProblem(reply, foreignPage)
  }
}

/** Refuses a read of the session by another page. A user may open its address. */
export function refuseForeignRead(request: FastifyRequest, reply: FastifyReply): FastifyReply | undefined {
  const site = request.headers['sec-fetch-site'] ?? 'same-origin'
  return ['same-origin', 'none'].includes(site) ? undefined : sendProblem(reply, foreignPage)
}

/** Refuses to log in within a frame of another page, which could hide what the user confirms. */
export async function refuseFrames(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> {
  const destination = request.headers['sec-fetch-dest'] ?? 'document'
  return destination === 'document' ? undefined : sendProblem(reply, framed)
}

const foreignPage = {
  status: 403,
  title: 'Forbidden',
  detail: 'Only pages of the console may send this request. Programs use /graphql with a token.',
  code: 'FORBIDDEN',
}

const framed = {
  status: 403,
  title: 'Forbidden',
  detail: 'The login opens only in a window of its own. Open the console at /console/.',
  code: 'FORBIDDEN',
}
