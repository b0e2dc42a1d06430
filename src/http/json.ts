import type { FastifyInstance } from 'fastify'

/** A body that is no JSON, as Fastify names what is wrong with a request. */
class UnreadableBodyError extends Error {
  readonly statusCode = 400
}

/**
 * JSON in UTF-8 is all that is taken. A text/plain request could come from a foreign page without a preflight; bytes that
 * are no UTF-8 would become other characters than were meant.
 */
export function takeJsonOnly(app: FastifyInstance): void {
  const utf8 = new TextDecoder('utf-8', { fatal: true })
  const parseText = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    let text: string
    try {
      text = utf8.decode(body as Buffer)
    } catch (cause) {
      return done(new UnreadableBodyError('The body is not UTF-8.', { cause }))
    }
    return parseText(request, text, done)
  })
}
