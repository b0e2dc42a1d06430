import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { EmailLinks } from '../../services/email/links.js'
import type { RequestOrigin } from '../request-origin.js'
import { type LinkPage, linkPage, pageHeaders } from './page.js'

export interface EmailLinkParts {
  readonly links: EmailLinks
  readonly originOf: (request: FastifyRequest) => RequestOrigin
}

interface LinkTexts {
  readonly ask: LinkPage
  readonly done: LinkPage
}

const texts: Readonly<Record<'verify' | 'unsubscribe', LinkTexts>> = {
  verify: {
    ask: {
      title: 'Confirm your address',
      text: 'Do you want to get emails about data exports at this address?',
      button: 'Confirm the address',
    },
    done: { title: 'Your address is confirmed', text: 'You get emails about data exports from now on.' },
  },
  unsubscribe: {
    ask: {
      title: 'Unsubscribe',
      text: 'Do you want to get no more emails about these data exports at this address?',
      button: 'Unsubscribe',
    },
    done: { title: 'You are unsubscribed', text: 'You get no more emails about these data exports.' },
  },
}

const invalid: LinkPage = {
  title: 'This link is not valid',
  text: 'It was used already, it is too old, or a later email has replaced it. Ask your administrator for a new email.',
}

/** The form has no fields: the address of the page has the token. RFC 8058 sends `List-Unsubscribe=One-Click`. */
const formTypes = ['application/x-www-form-urlencoded', 'multipart/form-data']
const bodyLimit = 4096

/**
 * The pages of links in emails, without a login: the token in the link is what permits the change. GET changes nothing,
 * because programs that look for malware follow the links of every email. The request log has no token: it leaves out queries.
 */
export function emailLinkRoutes({ links, originOf }: EmailLinkParts) {
  return async (app: FastifyInstance): Promise<void> => {
    app.addContentTypeParser(formTypes, { parseAs: 'string', bodyLimit }, (_request, _body, done) => done(null, null))
    for (const action of ['verify', 'unsubscribe'] as const) {
      const { ask, done } = texts[action]
      app.get(`/email/${action}`, async (_request, reply) => send(reply, ask))
      app.post(`/email/${action}`, async (request, reply) => {
        const isDone = await links[action](tokenOf(request), originOf(request).address)
        return isDone ? send(reply, done) : send(reply.code(410), invalid)
      })
    }
    app.addHook('onSend', async (_request, reply, payload) => {
      const isPage = String(reply.getHeader('content-type')).startsWith('text/html')
      if (isPage) reply.headers(pageHeaders)
      return payload
    })
  }
}

function send(reply: FastifyReply, page: LinkPage): FastifyReply {
  return reply.type('text/html; charset=utf-8').send(linkPage(page))
}

function tokenOf({ query }: FastifyRequest): string {
  const { token } = query as { readonly token?: unknown }
  return typeof token === 'string' ? token : ''
}
