import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ConsoleStack, startConsoleStack } from './support/console-stack.js'
import { describeInBrowser } from './support/describe-in-browser.js'
import { exportOnce } from './support/export-once.js'

await describeInBrowser('the console on a bad network', () => {
  let stack: ConsoleStack
  beforeAll(async () => {
    stack = await startConsoleStack()
    await exportOnce(stack, 'acme', 'user, content')
  })
  afterAll(() => stack[Symbol.asyncDispose]())

  test('a page that goes offline says so, keeps what was typed, and saves it once the device is online', async () => {
    const window = await stack.logIn('acme')
    const { page, context } = window
    window.expectFault(/ERR_INTERNET_DISCONNECTED/)
    await window.follow('Settings')
    await page.getByRole('list', { name: 'Entities' }).getByText('theme', { exact: true }).click()
    await page.getByText('1 setting changed, not saved.').waitFor()
    await context.setOffline(true)
    await page.getByText('This device is offline.').first().waitFor()
    await context.setOffline(false)
    await expect.poll(() => page.getByText('This device is offline.').count()).toBe(0)
    await page.getByRole('button', { name: 'Review and save' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
    await page.getByText('Saved as version 2.').waitFor()
    expect(await window.close()).toEqual([])
  })

  test('a slow network shows what is loading, and then the page', async () => {
    const window = await stack.logIn('acme')
    const { page, context } = window
    const devtools = await context.newCDPSession(page)
    await devtools.send('Network.enable')
    await devtools.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 400,
      downloadThroughput: 50_000,
      uploadThroughput: 50_000,
    })
    await page.reload()
    await page.getByText('Everything is fresh.').waitFor()
    expect(await window.close()).toEqual([])
  })
})
