/** The console session: who is logged in. The tokens stay in the API. */
export interface Session {
  readonly subject: string
  /** The name to show. */
  readonly name: string
  /** Null for an operator, who acts for tenants that the address of the page names. */
  readonly tenantId: string | null
  readonly isOperator: boolean
  readonly scopes: readonly string[]
  /** When the session ends, whatever the user does. */
  readonly expiresAt: string
  /** After how many minutes without a request it ends. */
  readonly idleMinutes: number
}

/** Undefined if the browser has no session. */
export async function readSession(): Promise<Session | undefined> {
  const response = await fetch('/console/session', { headers: { accept: 'application/json' } })
  if (!response.ok) throw new Error(`The console session can't be read: HTTP ${response.status}.`)
  const answer = (await response.json()) as { readonly authenticated: boolean } & Session
  return answer.authenticated ? answer : undefined
}

/** The page of the issuer that logs in, and comes back to a page of the console. */
export function loginUrl(returnTo: string, { stepUp = false } = {}): string {
  const query = new URLSearchParams({ returnTo, ...(stepUp && { stepUp: 'true' }) })
  return `/console/login?${query.toString()}`
}

/** Ends the session here and at the issuer. */
export async function logOut(): Promise<void> {
  const response = await fetch('/console/logout', { method: 'POST', headers: consoleHeaders })
  const { redirectTo } = (await response.json()) as { readonly redirectTo: string }
  forgetDrafts()
  window.location.assign(redirectTo)
}

/** What was typed and not saved belongs to the user who logs out. */
export function forgetDrafts(): void {
  sessionStorage.clear()
}

/** Proves that a page of this origin sends the request: other origins can't set it. */
export const consoleHeaders = { 'tidemark-console': '1' } as const

const channel = new BroadcastChannel('tidemark-console')

/** Reports to the other windows of the console that somebody has logged in. */
export function announceLogin(): void {
  channel.postMessage('logged in')
}

/** Resolves when somebody has logged in, in another window. */
export function nextLogin(): Promise<void> {
  return new Promise((resolve) => {
    channel.addEventListener('message', () => resolve(), { once: true })
  })
}
