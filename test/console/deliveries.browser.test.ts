import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ConsoleStack, startConsoleStack } from './support/console-stack.js'
import { describeInBrowser } from './support/describe-in-browser.js'
import { exportOnce } from './support/export-once.js'

await describeInBrowser('overview and deliveries in the console', () => {
  let stack: ConsoleStack
  beforeAll(async () => {
    stack = await startConsoleStack()
    await exportOnce(stack, 'acme', 'user, content')
  })
  afterAll(() => stack[Symbol.asyncDispose]())

  test('the calendar is read with the arrow keys, and a day leads to its files', async () => {
    const window = await stack.logIn('acme')
    const { page } = window
    await page.getByText('Everything is fresh.').waitFor()
    const calendar = page.getByRole('group', { name: 'Deliveries by day' })
    const today = calendar.getByRole('link', { name: /: 2 files, .*, 2 full loads\.$/ })
    await today.focus()
    await page.keyboard.press('ArrowLeft')
    expect(await page.locator(':focus').getAttribute('aria-label')).toMatch(/: no files\.$/)
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/deliveries\?from=.*&to=/)
    await page.getByText('2 files on this page').waitFor()
    expect(await window.close()).toEqual([])
  })

  test('a redelivery says what the loader must do, leads to its run, and marks the file that it replaces', async () => {
    const window = await stack.logIn('acme')
    const { page } = window
    await window.goto('/console/deliveries?entity=user')
    await page.getByRole('link', { name: 'user', exact: true }).click()
    await page.getByRole('button', { name: 'Redeliver this file' }).click()
    const dialog = page.getByRole('alertdialog').or(page.getByRole('dialog'))
    await dialog.getByText('Your loader must merge the file by key').waitFor()
    await dialog.getByRole('button', { name: 'Redeliver', exact: true }).click()
    await page.waitForURL(/\/runs\//)
    await page.getByText('Succeeded').waitFor()
    await page.getByText('1 of 1 entities').waitFor()

    await window.goto('/console/deliveries?entity=user&redelivered=true')
    await page.getByText('1 file on this page').waitFor()
    await page.getByText('revision 2').waitFor()
    await window.goto('/console/deliveries?entity=user')
    await page.getByText('2 files on this page').waitFor()
    await page.getByRole('link', { name: 'user', exact: true }).last().click()
    await page.getByText('Revision 2 has replaced this file on the server.').waitFor()
    await page.getByRole('link', { name: 'Show revision 2' }).click()
    await page.getByText('2, redelivered').waitFor()
    await page.getByLabel('the sftp command', { exact: true }).waitFor()
    const versions = page.getByRole('region', { name: 'Versions of the columns' })
    await versions.getByText(/^\d+ columns$/).waitFor()
    await page.getByRole('button', { name: 'Copy the contract' }).waitFor()
    expect(await window.close()).toEqual([])
  })
})
