/** What the login form of the issuer contains. */
export interface LoginForm {
  readonly request: string
  readonly secret: string
}

/** Opens pages of an issuer as a browser does, with cookies. It does not follow redirects. */
export class IssuerBrowser {
  readonly #cookies = new Map<string, { readonly value: string; readonly path: string }>()

  constructor(private readonly issuer: string) {}

  async get(path: string, query: Record<string, string>): Promise<Response> {
    return this.#keepCookies(
      await fetch(`${this.issuer}${path}?${new URLSearchParams(query).toString()}`, {
        redirect: 'manual',
        headers: { cookie: this.#header(path) },
      }),
    )
  }

  /** The login form that the issuer shows for an authorization request. Throws if it shows none. */
  async open(query: Record<string, string>): Promise<LoginForm> {
    const html = await (await this.get('/authorize', query)).text()
    const field = (name: string): string => {
      const [, value] = new RegExp(`name="${name}" value="([^"]*)"`).exec(html) ?? []
      if (value === undefined) throw new Error(`The page has no field ${name}: ${html}`)
      return value.replaceAll('&amp;', '&')
    }
    return { request: field('request'), secret: field('secret') }
  }

  /** Where the issuer sends the user back to, without a page. */
  async redirect(query: Record<string, string>): Promise<URL> {
    return locationOf(await this.get('/authorize', query))
  }

  async post(form: LoginForm, user: { readonly username: string; readonly password: string }): Promise<Response> {
    return this.#keepCookies(
      await fetch(`${this.issuer}/login`, {
        method: 'POST',
        redirect: 'manual',
        headers: { cookie: this.#header('/login') },
        body: new URLSearchParams({ ...form, ...user }),
      }),
    )
  }

  async submit(form: LoginForm, user: { readonly username: string; readonly password: string }): Promise<URL> {
    return locationOf(await this.post(form, user))
  }

  #header(path: string): string {
    const sent = [...this.#cookies].filter(([, cookie]) => path.startsWith(cookie.path))
    return sent.map(([name, { value }]) => `${name}=${value}`).join('; ')
  }

  #keepCookies(response: Response): Response {
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
      const [, path = '/'] = /; *Path=([^;]*)/i.exec(cookie) ?? []
      this.#cookies.set(name, { value, path })
    }
    return response
  }
}

function locationOf(response: Response): URL {
  const location = response.headers.get('location')
  if (location === null) throw new Error(`The answer is no redirect: HTTP ${response.status}.`)
  return new URL(location)
}
