import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { ConsoleBrowser } from './support/console-browser.js'
import { type ConsoleStack, startConsoleStack } from './support/console-stack.js'
import { describeInBrowser } from './support/describe-in-browser.js'

await describeInBrowser('the page of a run', () => {
  let stack: ConsoleStack
  let source: Client
  let window: ConsoleBrowser
  beforeAll(async () => {
    stack = await startConsoleStack()
    source = new Client(stack.stack.connection.sourceDatabaseUrl)
    await source.connect()
    await stack.graphql(
      'acme',
      'mutation { registerDataExport(input: { entityList: "user, site, content" }) { dataExport { version } } }',
    )
  })
  afterAll(async () => {
    await source.end()
    await stack[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    window = await stack.logIn('acme')
  })

  afterEach(async () => {
    await source.query('ROLLBACK')
  })

  async function startRun(): Promise<void> {
    const { page } = window
    await window.follow('Runs')
    await page.getByRole('button', { name: 'Run now' }).click()
    await page.getByRole('button', { name: 'Run 3 entities' }).click()
    await page.getByRole('heading', { name: /^Run of/ }).waitFor()
  }

  test('the page of a run is live, says so when it is not, and shows the end', async () => {
    const { page, context } = window
    await source.query('BEGIN; LOCK TABLE analytics."user" IN ACCESS EXCLUSIVE MODE')
    await startRun()
    await page.getByText('2 of 3 entities', { exact: true }).waitFor()
    await page.getByText('Live', { exact: true }).waitFor()
    await page.getByText('opens the snapshot of the source').waitFor()

    await window.follow('Audit log')
    await page.getByText(/started a run\.$/).waitFor()
    await page.goBack()
    await page.getByText('Live', { exact: true }).waitFor()

    window.expectFault(/ERR_INTERNET_DISCONNECTED/)
    await context.setOffline(true)
    await page.getByText(/^Updated .+ ago/).waitFor()
    await context.setOffline(false)
    await page.getByText('Live', { exact: true }).waitFor()

    await source.query('ROLLBACK')
    await page
      .getByText(/^The run published 3 files/)
      .first()
      .waitFor({ timeout: 90_000 })
    expect(await page.getByText('Live', { exact: true }).count()).toBe(0)
    expect(await window.close()).toEqual([])
  })

  test('a run that failed in part names what to do, and its retry exports only what is missing', async () => {
    const { page } = window
    await source.query('ALTER TABLE analytics.site RENAME COLUMN updated_at TO changed_at')
    await startRun()
    await page.getByText('Partly failed').waitFor({ timeout: 90_000 })
    const [first] = await page.getByRole('table').getByRole('row').filter({ hasText: 'Failed' }).all()
    expect(await first?.innerText()).toMatch(/site[^]*What to do:/)
    await source.query('ALTER TABLE analytics.site RENAME COLUMN changed_at TO updated_at')
    await page.getByRole('button', { name: 'Retry what is missing' }).click()
    await page.getByRole('dialog').getByText('The run exports site.').waitFor()
    await page.getByRole('button', { name: 'Start the run' }).click()
    await page
      .getByText(/^The run published 1 file/)
      .first()
      .waitFor({ timeout: 90_000 })
    expect(await window.close()).toEqual([])
  })

  test('a run that is cancelled keeps what is published, and the list finds it by its status', async () => {
    const { page } = window
    await source.query('BEGIN; LOCK TABLE analytics."user" IN ACCESS EXCLUSIVE MODE')
    await startRun()
    await page.getByText('2 of 3 entities', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Cancel the run' }).click()
    await page.getByRole('dialog').getByText('Their files stay on the server.').waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel the run' }).click()
    await page
      .getByText(/^The run was cancelled\. 2 of 3 entities are published/)
      .first()
      .waitFor({ timeout: 90_000 })
    await source.query('ROLLBACK')
    await window.goto('runs')
    await page.getByRole('button', { name: 'Cancelled' }).click()
    await page.waitForURL(/status=CANCELLED/)
    await expect.poll(() => page.getByRole('row').count()).toBe(2)
    expect(await page.getByRole('row').last().innerText()).toMatch(/Cancelled[^]*2 of 3/)
    expect(await window.close()).toEqual([])
  })

  test('the test of the delivery lists its steps', async () => {
    const { page } = window
    await window.goto('runs')
    await page.getByRole('button', { name: 'Test the delivery' }).click()
    await page.getByText('The delivery works.').waitFor({ timeout: 60_000 })
    expect(await page.getByRole('list', { name: 'Steps of the test' }).getByRole('listitem').count()).toBe(14)
    expect(await window.close()).toEqual([])
  })
})
