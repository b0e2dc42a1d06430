import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { accessibilityProblems, sidewaysOverflow } from './support/axe.js'
import { type ConsoleStack, startConsoleStack } from './support/console-stack.js'
import { describeInBrowser } from './support/describe-in-browser.js'
import { exportOnce } from './support/export-once.js'
import { operatorPages, tenantPages } from './support/pages.js'

await describeInBrowser('accessibility of the console', () => {
  let stack: ConsoleStack
  let pagesOf: Record<'acme' | 'operator', readonly string[]>
  beforeAll(async () => {
    stack = await startConsoleStack()
    const { runId, deliveryId } = await exportOnce(stack, 'acme', 'user, content')
    pagesOf = {
      acme: [...tenantPages, `runs/${runId}`, `deliveries/${deliveryId}`, 'nowhere'],
      operator: [...operatorPages, '?tenant=acme', 'runs?tenant=acme'],
    }
  })
  afterAll(() => stack[Symbol.asyncDispose]())

  describe.each(['light', 'dark'] as const)('in the %s theme', (colorScheme) => {
    test.each(['acme', 'operator'] as const)(
      `the pages of %s have no problem that axe finds, ${colorScheme}`,
      async (who) => {
        const window = await stack.logIn(who, { colorScheme })
        const problems: string[] = []
        for (const path of pagesOf[who]) {
          await window.goto(path)
          problems.push(...(await accessibilityProblems(window.page)).map((problem) => `/${path}: ${problem}`))
        }
        expect(problems).toEqual([])
        expect(await window.close()).toEqual([])
      },
    )
  })

  test('the pages of the login have no problem that axe finds', async () => {
    const window = await stack.open()
    expect(await accessibilityProblems(window.page)).toEqual([])
    await window.page.getByRole('link', { name: 'Log in' }).click()
    await window.page.getByLabel('Password').waitFor()
    expect(await accessibilityProblems(window.page)).toEqual([])
    expect(await window.close()).toEqual([])
  })

  // 360 px is a small phone, and a window of 720 px at 200%.
  test.each(['acme', 'operator'] as const)('the pages of %s need no sideways scrolling at 360 px', async (who) => {
    const window = await stack.logIn(who, { width: 360, height: 740 })
    const tooWide: string[] = []
    for (const path of pagesOf[who]) {
      await window.goto(path)
      const overflow = await sidewaysOverflow(window.page)
      if (overflow > 0) tooWide.push(`/${path}: ${overflow} px`)
    }
    expect(tooWide).toEqual([])
    expect(await window.close()).toEqual([])
  })

  test('a dialog keeps the focus, closes with Escape, and gives the focus back', async () => {
    const window = await stack.logIn('acme')
    const { page } = window
    await window.follow('Deliveries')
    await page.getByRole('button', { name: 'Redeliver files' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor()
    for (let tabs = 0; tabs < 20; tabs++) {
      await page.keyboard.press('Tab')
      expect(await page.evaluate('document.activeElement.closest("[role=dialog]") !== null')).toBe(true)
    }
    await page.keyboard.press('Escape')
    await expect.poll(() => page.getByRole('dialog').count()).toBe(0)
    await expect.poll(() => page.evaluate('document.activeElement.textContent')).toBe('Redeliver files')
    expect(await window.close()).toEqual([])
  })

  test('the keyboard alone comes from the first link to a changed setting', async () => {
    const window = await stack.logIn('acme')
    const { page } = window
    await window.follow('Settings')
    await page.getByRole('list', { name: 'Entities' }).waitFor()
    await page.evaluate('document.activeElement.blur()')
    const checkbox = page.getByRole('checkbox', { name: 'theme' })
    for (
      let tabs = 0;
      tabs < 80 && !(await checkbox.evaluate((node) => node === node.ownerDocument.activeElement));
      tabs++
    )
      await page.keyboard.press('Tab')
    await page.keyboard.press('Space')
    await page.getByText('1 setting changed, not saved.').waitFor()
    expect(await window.close()).toEqual([])
  })

  test('nothing moves where the device asks for reduced motion', async () => {
    const window = await stack.logIn('acme', { reducedMotion: 'reduce' })
    for (const path of pagesOf.acme) {
      await window.goto(path)
      const moving = await window.page.evaluate<number>(
        'document.getAnimations().filter(({ effect }) => effect.getComputedTiming().endTime > 20).length',
      )
      expect(moving).toBe(0)
    }
    expect(await window.close()).toEqual([])
  })
})
