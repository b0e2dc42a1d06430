import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ConsoleStack, startConsoleStack } from './support/console-stack.js'
import { describeInBrowser } from './support/describe-in-browser.js'
import { exportOnce } from './support/export-once.js'

await describeInBrowser('operators in the console', () => {
  let stack: ConsoleStack
  beforeAll(async () => {
    stack = await startConsoleStack()
    await exportOnce(stack, 'acme', 'user')
    await exportOnce(stack, 'globex', 'user')
  })
  afterAll(() => stack[Symbol.asyncDispose]())

  test('an operator pauses the export of one tenant in the list, finds it with a figure, and resumes it', async () => {
    const window = await stack.logIn('operator')
    const { page } = window
    const act = async (name: string): Promise<void> => {
      await page.getByRole('button', { name: 'Actions of acme' }).click()
      await page.getByRole('menuitem', { name }).click()
      await page.getByRole('dialog').getByRole('button', { name }).click()
    }
    await act('Pause the export')
    await page.getByText('The export of acme is paused.').waitFor()
    await page.getByRole('link', { name: /^Paused/ }).click()
    await expect.poll(() => page.getByRole('rowheader').allInnerTexts()).toEqual([expect.stringContaining('acme')])
    expect(page.url()).toContain('state=paused')
    await act('Resume the export')
    await page.getByText('No export is paused.').waitFor()
    await page.goBack()
    await page.getByRole('link', { name: 'globex' }).waitFor()
    expect(await window.close()).toEqual([])
  })

  test('an operator who acts for a tenant sees whose data it is, at each place of the page and in its title', async () => {
    const window = await stack.logIn('operator', { width: 360, height: 740 })
    const { page } = window
    await page.getByRole('link', { name: 'globex' }).click()
    const banner = page.getByRole('region', { name: 'Acting for a tenant' })
    await expect.poll(() => banner.innerText()).toContain('globex')
    await window.goto('settings?tenant=globex')
    expect(await page.title()).toBe('Settings · globex · Tidemark')
    await page.evaluate('window.scrollTo(0, document.documentElement.scrollHeight)')
    await expect.poll(() => page.evaluate('window.scrollY')).toBeGreaterThan(100)
    expect((await banner.boundingBox())?.y).toBe(0)
    await banner.getByRole('link', { name: 'All tenants' }).click()
    await page.getByRole('heading', { name: 'Tenants', level: 1 }).waitFor()
    expect(page.url()).not.toContain('tenant=')
    expect(await banner.count()).toBe(0)
    expect(await window.close()).toEqual([])
  })

  test('an operator’s own pages have no tenant, and a tenant’s pages ask for one', async () => {
    const window = await stack.logIn('operator')
    const { page } = window
    await window.goto('operator?tenant=acme&sort=largest')
    expect(page.url()).toMatch(/\/operator\?sort=largest$/)
    await window.goto('runs')
    await page.getByRole('heading', { name: 'Choose a tenant' }).waitFor()
    await window.goto('operator/incidents')
    await page.getByText('No incident is open. All exports are well.').waitFor()
    await window.goto('operator/incidents/00000000-0000-4000-8000-000000000000')
    await page.getByText('There is no incident with this id.').waitFor()
    expect(await window.close()).toEqual([])
  })
})
