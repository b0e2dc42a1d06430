import type { Browser, BrowserContext, Page } from 'playwright-core'
import type { ConnectionInfo, UserConnection } from '../../../dev/stack/connection-file.js'
import { eventually } from '../../support/eventually.js'

export interface BrowserOptions {
  readonly colorScheme?: 'light' | 'dark'
  readonly width?: number
  readonly height?: number
  readonly reducedMotion?: 'reduce'
}

/** Runs in each page: a violation of the content security policy becomes an error on the console. */
const reportViolations = `document.addEventListener('securitypolicyviolation', (event) =>
  console.error('CSP: ' + event.violatedDirective + ' ' + event.blockedURI))`

/**
 * A window with cookies of its own. It notes what no page of the console may do: errors on the console, uncaught errors, violations
 * of the content security policy, and requests to other origins than the API and the issuer.
 */
export class ConsoleBrowser {
  readonly #faults: string[] = []
  /** Faults that the test expects. */
  readonly #expected: RegExp[] = []

  private constructor(
    readonly context: BrowserContext,
    readonly page: Page,
    readonly connection: ConnectionInfo,
  ) {}

  static async open(browser: Browser, connection: ConnectionInfo, options: BrowserOptions): Promise<ConsoleBrowser> {
    const { width = 1240, height = 900, ...rest } = options
    const context = await browser.newContext({
      viewport: { width, height },
      locale: 'en-US',
      timezoneId: 'Europe/Berlin',
      ...rest,
    })
    context.setDefaultTimeout(30_000)
    await context.addInitScript({ content: reportViolations })
    const window = new ConsoleBrowser(context, await context.newPage(), connection)
    context.on('page', (page) => window.#watch(page))
    window.#watch(window.page)
    await window.page.goto(connection.consoleUrl ?? '')
    return window
  }

  #watch(page: Page): void {
    const allowed = [this.connection.graphqlUrl, this.connection.oauth.issuer].map((url) => new URL(url).origin)
    page.on('console', (message) => {
      if (message.type() === 'error') this.#faults.push(`console: ${message.text()}`)
    })
    page.on('pageerror', (error) => this.#faults.push(`uncaught: ${error.message}`))
    page.on('request', (request) => {
      const url = new URL(request.url())
      if (url.protocol !== 'data:' && !allowed.includes(url.origin)) this.#faults.push(`request to ${url.origin}`)
    })
  }

  /** Logs in through the page of the issuer. */
  async logIn({ username, password }: UserConnection): Promise<void> {
    const { page } = this
    await page.getByRole('link', { name: 'Log in' }).click()
    await this.giveCredentials(page, { username, password })
    await page.getByRole('button', { name: 'Log out' }).waitFor()
  }

  /** Fills in the form of the issuer. */
  async giveCredentials(page: Page, { username, password }: UserConnection): Promise<void> {
    await page.getByLabel('User name').fill(username)
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Log in' }).click()
  }

  /** Opens a page of the console by its address, as a bookmark does. */
  async goto(path: string): Promise<void> {
    await this.page.goto(new URL(path, this.connection.consoleUrl ?? '').href)
    await this.page.getByRole('heading', { level: 1 }).waitFor()
    await this.settled()
  }

  /** Waits until nothing is loading. */
  async settled(): Promise<void> {
    const isLoading = async () => (await this.page.getByText(/^Loading/).count()) > 0
    await eventually('nothing is loading', async () => !(await isLoading()), 30_000)
  }

  /** Follows a link of the navigation. */
  async follow(name: string): Promise<void> {
    await this.page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name, exact: true }).click()
    await this.settled()
  }

  expectFault(fault: RegExp): void {
    this.#expected.push(fault)
  }

  /** Closes the window, and returns what its pages did and may not do. */
  async close(): Promise<string[]> {
    await this.context.close()
    return this.#faults.filter((fault) => !this.#expected.some((each) => each.test(fault)))
  }
}
