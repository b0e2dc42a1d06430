import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ConsoleStack, startConsoleStack } from './support/console-stack.js'
import { describeInBrowser } from './support/describe-in-browser.js'
import { exportOnce } from './support/export-once.js'
import { tenantPages } from './support/pages.js'

await describeInBrowser('tenants in the console', () => {
  let stack: ConsoleStack
  let acme: { readonly runId: string; readonly deliveryId: string }
  beforeAll(async () => {
    stack = await startConsoleStack()
    acme = await exportOnce(stack, 'acme', 'user, content')
  })
  afterAll(() => stack[Symbol.asyncDispose]())

  test('two tenants in two browsers see nothing of each other, also at each other’s addresses', async () => {
    const [own, other] = [await stack.logIn('acme'), await stack.logIn('globex')]
    await own.goto(`runs/${acme.runId}`)
    await own.page.getByText('2 of 2 entities').waitFor()
    await other.goto('')
    await other.page.getByText('Nothing is exported yet.').waitFor()
    for (const path of [...tenantPages, `runs/${acme.runId}`, `deliveries/${acme.deliveryId}`]) {
      await other.goto(path)
      const text = await other.page.locator('body').innerText()
      expect(text).not.toContain('acme')
    }
    await other.goto(`deliveries/${acme.deliveryId}`)
    await other.page.getByText('There is no delivery with this id.').waitFor()
    for (const window of [own, other]) expect(await window.close()).toEqual([])
  })

  test('a tenant who puts another tenant into the address is refused with a page that says so', async () => {
    const window = await stack.logIn('globex')
    await window.goto('runs?tenant=acme')
    expect(await window.page.locator('body').innerText()).not.toContain(acme.runId)
    await window.page.getByText('You can’t see the data of this tenant.').waitFor()
    await window.goto('operator')
    await window.page.getByText('This page is for operators.').waitFor()
    expect(await window.close()).toEqual([])
  })

  test('a logout ends the session here and at the issuer', async () => {
    const window = await stack.logIn('acme')
    const { page } = window
    // Requests that are under way when the session ends are refused.
    window.expectFault(/401/)
    await page.getByRole('button', { name: 'Log out' }).click()
    await page.getByRole('heading', { name: 'You are logged out' }).waitFor()
    await page.getByRole('link', { name: 'Log in' }).click()
    await page.getByLabel('Password').waitFor()
    expect(await window.close()).toEqual([])
  })
})
