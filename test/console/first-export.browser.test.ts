import { afterAll, beforeAll, expect, test } from 'vitest'
import { deliveredFiles, fetchTenantFiles } from '../../dev/demo/tenant-files.js'
import { type ConsoleStack, startConsoleStack } from './support/console-stack.js'
import { describeInBrowser } from './support/describe-in-browser.js'

await describeInBrowser('first export in the console', () => {
  let stack: ConsoleStack
  beforeAll(async () => {
    stack = await startConsoleStack()
  })
  afterAll(() => stack[Symbol.asyncDispose]())

  test('an administrator logs in for the first time, and comes to a delivered file in one go', async () => {
    const window = await stack.logIn('acme')
    const { page } = window
    await page.getByText('Nothing is exported yet.').waitFor()
    await page.getByRole('link', { name: 'Choose what you receive' }).click()

    const list = page.getByRole('list', { name: 'Entities' })
    await list.getByText('user logins', { exact: true }).click()
    await list.getByText('content', { exact: true }).click()
    await page.getByRole('region', { name: 'Data dictionary of content' }).getByText('author_user_code').waitFor()
    await page.getByRole('button', { name: 'Review and save' }).click()
    const review = page.getByRole('dialog')
    await review.getByText('Added: user logins').waitFor()
    await review.getByText('2 entities become active:').waitFor()
    await review.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Saved as version 1.').waitFor()

    await page.getByRole('button', { name: 'Run now' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Run 2 entities' }).click()
    await page.getByText('Succeeded').waitFor()
    await page.getByText('2 of 2 entities').waitFor()

    await page.getByRole('link', { name: 'Delivery' }).first().click()
    const sha256 = await page.getByLabel('the SHA-256', { exact: true }).textContent()
    const [tenant] = stack.stack.connection.tenants.filter(({ tenantId }) => tenantId === 'acme')
    const files = await deliveredFiles(await fetchTenantFiles(tenant!))
    expect(files.map(({ resource }) => resource.hash)).toContain(`sha256:${sha256}`)

    await window.follow('Overview')
    await page.getByText('Everything is fresh.').waitFor()
    expect(await window.close()).toEqual([])
  })
})
