/** What the issuer gives to the console after a login. The browser never gets any of it. */
export interface IssuedTokens {
  readonly accessToken: string
  readonly refreshToken: string | undefined
  readonly idToken: string | undefined
}

/** A user who has logged in at the issuer, before the access token is verified. */
export interface IssuerLogin {
  readonly tokens: IssuedTokens
  /** The name to show; undefined if the issuer does not say. */
  readonly name: string | undefined
  /** When the issuer authenticated the user; undefined if it does not say. */
  readonly authTime: Date | undefined
}

/** Why a login did not succeed, with what the user can do. */
export const loginProblems = {
  EXPIRED: 'This login has expired, or it began in another browser. Log in again.',
  REFUSED: 'The login page did not log you in. Log in again.',
  NOT_PERMITTED:
    'Your account may not use Tidemark. Ask your administrator for access, or log in with another account.',
  OTHER_USER: 'The login page has logged in another user. Log in again as the user of this session.',
  OTHER_HOST: 'The console has another address. Open it at the URL that your administrator gave you.',
  NOT_RECENT: 'The login page did not ask for your password again. Log in again.',
} as const
export type LoginProblem = keyof typeof loginProblems

/** A login at the issuer did not succeed. The cause is for the log. */
export class LoginError extends Error {
  override readonly name = 'LoginError'
  constructor(
    readonly problem: LoginProblem,
    options?: { cause?: unknown },
  ) {
    super(loginProblems[problem], options)
  }
}
