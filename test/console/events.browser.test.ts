import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ConsoleStack, startConsoleStack } from './support/console-stack.js'
import { describeInBrowser } from './support/describe-in-browser.js'
import { exportOnce } from './support/export-once.js'

await describeInBrowser('events in the console', () => {
  let stack: ConsoleStack
  beforeAll(async () => {
    stack = await startConsoleStack()
  })
  afterAll(() => stack[Symbol.asyncDispose]())

  test('a tenant sees what happened newest first, opens the details, and filters by type', async () => {
    await exportOnce(stack, 'acme', 'user, content')
    const window = await stack.logIn('acme')
    const { page } = window
    await window.follow('Events')
    const events = page.getByRole('list', { name: 'Events' }).getByRole('listitem')
    await events.first().waitFor()
    const texts = await events.allInnerTexts()
    const indexOf = (words: string): number => texts.findIndex((text) => text.includes(words))
    expect(indexOf('Files delivered')).toBeGreaterThanOrEqual(0)
    expect(indexOf('Files delivered')).toBeLessThan(indexOf('Settings changed'))

    const delivered = events.filter({ hasText: 'Files delivered' }).first()
    await delivered.getByRole('button', { name: 'Details' }).click()
    await delivered.getByText('"sha256"').waitFor()
    await delivered.getByRole('link', { name: 'Open the run' }).waitFor()

    await page.getByLabel('Type').selectOption('REGISTRATION_CHANGED')
    await page.getByRole('button', { name: 'Clear the filters' }).waitFor()
    await events.filter({ hasText: 'Files delivered' }).first().waitFor({ state: 'detached' })
    expect(await events.count()).toBeGreaterThan(0)
    expect(await window.close()).toEqual([])
  })
})
