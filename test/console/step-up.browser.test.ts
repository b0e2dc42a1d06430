import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ConsoleStack, startConsoleStack } from './support/console-stack.js'
import { describeInBrowser } from './support/describe-in-browser.js'
import { exportOnce } from './support/export-once.js'

const read = '{ dataExport { pausedAt } exportAuditEvents(first: 20) { edges { node { action isOperator } } } }'

interface Seen {
  readonly dataExport: { readonly pausedAt: string | null }
  readonly exportAuditEvents: { readonly edges: readonly { readonly node: { action: string; isOperator: boolean } }[] }
}

await describeInBrowser('an operator in the console', () => {
  let stack: ConsoleStack
  beforeAll(async () => {
    stack = await startConsoleStack({ CONSOLE_STEP_UP_MINUTES: '1' })
    await exportOnce(stack, 'acme', 'user, content')
    await exportOnce(stack, 'globex', 'user')
  })
  afterAll(() => stack[Symbol.asyncDispose]())

  test('an operator finds a tenant, acts for it under a banner, and the tenant reads that in its audit log', async () => {
    const window = await stack.logIn('operator')
    const { page } = window
    await page.getByRole('heading', { name: 'Tenants', level: 1 }).waitFor()
    await page.getByRole('searchbox').fill('acm')
    await expect.poll(() => new URL(page.url()).search).toContain('acm')
    await expect.poll(() => page.getByRole('link', { name: 'globex', exact: true }).count()).toBe(0)
    await page.getByRole('link', { name: 'acme', exact: true }).click()
    await page
      .getByRole('region', { name: /^Acting/ })
      .getByText('acme')
      .waitFor()
    await page.getByText('Everything is fresh.').waitFor()

    await window.follow('Settings')
    expect(new URL(page.url()).searchParams.get('tenant')).toBe('acme')
    await page.getByRole('button', { name: 'Pause the export' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Pause the export' }).click()
    await page.getByRole('region', { name: 'The export is paused' }).waitFor()
    const { dataExport, exportAuditEvents } = await stack.graphql<Seen>('acme', read)
    expect(dataExport.pausedAt).not.toBeNull()
    expect(exportAuditEvents.edges.map(({ node }) => node)).toContainEqual({
      action: 'EXPORT_PAUSED',
      isOperator: true,
    })
    expect(await window.close()).toEqual([])
  })

  test('a change by an operator whose login is old waits for a new login, and is then made', async () => {
    const window = await stack.logIn('operator')
    const { page } = window
    // The browser reports the refused request on its console.
    window.expectFault(/401/)
    await window.goto('settings?tenant=globex')
    await makeLoginsOlder()
    await page.getByRole('button', { name: 'Pause the export' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Pause the export' }).click()
    await page.getByRole('alertdialog', { name: 'Confirm that it is you' }).waitFor()

    const second = page.context().waitForEvent('page')
    await page.getByRole('link', { name: 'Log in again' }).click()
    const popup = await second
    // The issuer asks for the password again, although it knows the user.
    await window.giveCredentials(popup, stack.user('operator'))
    if (!popup.isClosed()) await popup.waitForEvent('close')
    await page.getByRole('region', { name: 'The export is paused' }).waitFor()
    expect((await stack.graphql<Seen>('globex', read)).dataExport.pausedAt).not.toBeNull()
    expect(await window.close()).toEqual([])
  })

  async function makeLoginsOlder(): Promise<void> {
    await stack.query("UPDATE tidemark.console_session SET auth_time = auth_time - interval '1 hour'")
  }
})
