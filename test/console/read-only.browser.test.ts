import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ConsoleStack, startConsoleStack } from './support/console-stack.js'
import { describeInBrowser } from './support/describe-in-browser.js'

await describeInBrowser('a user who may only read', () => {
  let stack: ConsoleStack
  beforeAll(async () => {
    stack = await startConsoleStack({ CONSOLE_SCOPES: 'openid offline_access exports:read' })
  })
  afterAll(() => stack[Symbol.asyncDispose]())

  test('a user without the scope exports:write reads so on each page, and a change is refused', async () => {
    const window = await stack.logIn('acme')
    const { page } = window
    await page.getByText('Your account may only read.').waitFor()
    await window.follow('Settings')
    await page.getByText('Your account may only read.').waitFor()
    // The browser reports the refused request on its console.
    window.expectFault(/403/)
    await page.getByRole('list', { name: 'Entities' }).getByText('user', { exact: true }).click()
    await page.getByRole('button', { name: 'Review and save' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
    await page.getByRole('dialog').getByText('Nothing was saved.').waitFor()
    expect(await page.getByRole('dialog').innerText()).toContain('exports:write')
    expect(await window.close()).toEqual([])
  })
})
