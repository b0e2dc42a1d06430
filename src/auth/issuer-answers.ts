import * as oauth from 'oauth4webapi'
import { AuthenticationUnavailableError } from '../domain/access.js'
import { LoginError } from '../domain/console-login.js'

/** @param problem what a refusal of the issuer means */
export async function asked<T>(problem: 'REFUSED' | 'EXPIRED', ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof AuthenticationUnavailableError) throw error
    const isAnswer =
      error instanceof oauth.OperationProcessingError ||
      error instanceof oauth.ResponseBodyError ||
      error instanceof oauth.AuthorizationResponseError ||
      error instanceof oauth.UnsupportedOperationError ||
      error instanceof oauth.WWWAuthenticateChallengeError
    if (!isAnswer) throw unavailable(error)
    if (isTemporary(error)) throw unavailable(withoutTokens(error))
    throw new LoginError(problem, { cause: withoutTokens(error) })
  }
}

/** What the log may have of an answer. The library's errors contain the whole answer, with its tokens. */
function withoutTokens(error: Error): Error {
  const { error: code, error_description: description } = error as Partial<oauth.ResponseBodyError>
  const details = [code, description].filter((text) => typeof text === 'string').join(': ')
  return new Error(`${error.name}: ${error.message}${details === '' ? '' : ` (${details})`}`)
}

/** Error codes of RFC 6749 that say nothing about the user. `invalid_client` is a wrong setting of Tidemark. */
function isTemporary(error: object): boolean {
  const code = 'error' in error ? error.error : undefined
  return ['server_error', 'temporarily_unavailable', 'invalid_client', 'unauthorized_client'].includes(String(code))
}

export function requireWorking({ status }: Response): void {
  if (status >= 500 || status === 429) throw unavailable(new Error(`The token endpoint answered ${status}`))
}

export function unavailable(cause: unknown): AuthenticationUnavailableError {
  return new AuthenticationUnavailableError('The token issuer did not answer. Try again later.', { cause })
}
