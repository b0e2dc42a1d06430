/** The answer to one request, with its text. */
export interface Page {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly json: () => unknown
}

export interface TestBrowser {
  /** The cookies of the API, by name. */
  readonly cookies: Map<string, string>
  /** The `Set-Cookie` headers of the last answer of the API. */
  readonly setCookies: () => readonly string[]
  /** Opens a path of the API, or a URL, as a user does, without following its redirect. */
  open(target: string, headers?: Readonly<Record<string, string>>): Promise<Page>
  /** Follows redirects, as far as a page. */
  visit(target: string): Promise<Page>
  /** Sends a POST as the console does. A header of undefined is left out. */
  post(path: string, body?: object, headers?: Readonly<Record<string, string | undefined>>): Promise<Page>
  graphql(query: string, headers?: Readonly<Record<string, string | undefined>>): Promise<Page>
  /** Logs in through all redirects. */
  logIn(returnTo?: string): Promise<Page>
  /** A second browser with the same cookies: that of a thief. */
  copy(): TestBrowser
}

/** A browser as far as cookies, redirects and Fetch Metadata are concerned. Pages of the issuer get no cookie. */
export function testBrowser(origin: string, jar = new Map<string, string>()): TestBrowser {
  let setCookies: readonly string[] = []
  const send = async (url: string, init: RequestInit, headers: Record<string, string | undefined>): Promise<Page> => {
    const isOwn = new URL(url).origin === origin
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const all = Object.entries({ ...(isOwn && cookie !== '' && { cookie }), ...headers })
    const given = all.filter((pair): pair is [string, string] => pair[1] !== undefined)
    const response = await fetch(url, { ...init, headers: given, redirect: 'manual' })
    const text = await response.text()
    if (isOwn) {
      setCookies = response.headers.getSetCookie()
      for (const line of setCookies) keep(jar, line)
    }
    return { status: response.status, headers: response.headers, text, json: () => JSON.parse(text) as unknown }
  }
  const navigation = {
    accept: 'text/html',
    'sec-fetch-site': 'none',
    'sec-fetch-mode': 'navigate',
    'sec-fetch-dest': 'document',
  }
  const call = { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty', origin }
  const browser: TestBrowser = {
    cookies: jar,
    setCookies: () => setCookies,
    open: (target, headers = {}) => send(new URL(target, origin).href, {}, { ...navigation, ...headers }),
    visit: async (target) => {
      let page = await browser.open(target)
      for (let hops = 0; page.status >= 300 && page.status < 400 && hops < 10; hops += 1) {
        page = await browser.open(page.headers.get('location') ?? '')
      }
      return page
    },
    post: (path, body, headers = {}) => {
      const content = body && { body: JSON.stringify(body) }
      const type = body && { 'content-type': 'application/json' }
      return send(
        origin + path,
        { method: 'POST', ...content },
        { ...call, ...type, 'tidemark-console': '1', ...headers },
      )
    },
    graphql: (query, headers) => browser.post('/console/graphql', { query }, headers),
    logIn: (returnTo = '/console/') => browser.visit(`/console/login?${new URLSearchParams({ returnTo }).toString()}`),
    copy: () => testBrowser(origin, new Map(jar)),
  }
  return browser
}

function keep(jar: Map<string, string>, line: string): void {
  const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
  if (/max-age=0/i.test(line)) jar.delete(name)
  else jar.set(name, value)
}
