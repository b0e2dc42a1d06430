import type { FastifyInstance } from 'fastify'

/** A body that cannot be read, with the status code that Fastify expects of such an error. */
class UnreadableBodyError extends Error {
  readonly statusCode = 400
}

/**
 * Accepts only JSON in UTF-8. A page of another origin could send text/plain without a preflight request. Bytes that are
 * not UTF-8 would be read as wrong characters.
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
      return done(new UnreadableBodyError('The body is not encoded in UTF-8. Send it in UTF-8.', { cause }))
    }
    return parseText(request, text, done)
  })
}
