import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeKey } from '../support/sftp/ssh-keys.js'
import { type ConsoleStack, startConsoleStack } from './support/console-stack.js'
import { describeInBrowser } from './support/describe-in-browser.js'
import { countRequestsWith, dropFile } from './support/key-actions.js'

await describeInBrowser('SFTP keys in the console', () => {
  let stack: ConsoleStack
  beforeAll(async () => {
    stack = await startConsoleStack()
  })
  afterAll(() => stack[Symbol.asyncDispose]())

  const openForm = async (tenantId: string) => {
    const window = await stack.logIn(tenantId)
    await window.follow('SFTP')
    await window.page.getByRole('button', { name: 'Add a key' }).first().click()
    return window
  }

  test('a private key is caught in the page, and no request contains it', async () => {
    const window = await openForm('acme')
    const { page } = window
    const requests = countRequestsWith(page, 'PRIVATE KEY')
    const secret = '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n-----END OPENSSH PRIVATE KEY-----'
    await page.getByRole('textbox', { name: 'Public key' }).fill(secret)
    await page.getByText('This is a private key. It was not sent.').waitFor()
    await expect.poll(() => page.getByRole('textbox', { name: 'Public key' }).inputValue()).toBe('')
    await dropFile(page, 'id_ed25519', secret)
    await page.getByText('id_ed25519.pub').first().waitFor()
    expect(requests()).toBe(0)
    expect(await window.close()).toEqual([])
  })

  test('a text that is no key is refused with what would be right', async () => {
    const window = await openForm('acme')
    const { page } = window
    await page.getByRole('textbox', { name: 'Public key' }).fill('not a key')
    await page.getByRole('textbox', { name: 'Label' }).fill('loader')
    await page.getByRole('button', { name: 'Add the key' }).click()
    await page.getByText(/\.pub/).first().waitFor()
    await expect.poll(() => page.getByRole('textbox', { name: 'Public key' }).getAttribute('aria-invalid')).toBe('true')
    expect(await window.close()).toEqual([])
  })

  test('a .pub file with a hostile comment becomes a key whose label is text, and can be removed', async () => {
    const { canonical } = makeKey()
    const window = await openForm('globex')
    const { page } = window
    await dropFile(page, 'loader.pub', `${canonical} loader`)
    await expect.poll(() => page.getByRole('textbox', { name: 'Label' }).inputValue()).toBe('loader')
    await page.getByRole('textbox', { name: 'Label' }).fill('<img src=x onerror=alert(1)>')
    await page.getByRole('button', { name: 'Add the key' }).click()
    await page.getByRole('table').getByText('<img src=x onerror=alert(1)>').waitFor()
    expect(await page.locator('img').count()).toBe(0)
    await page.getByRole('button', { name: /^Remove/ }).click()
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /^Remove/ })
      .click()
    await page.getByText('No key can log in yet.').waitFor()
    await window.follow('Audit log')
    await page.getByText(/added an SFTP key: <img src=x onerror=alert\(1\)>/).waitFor()
    expect(await window.close()).toEqual([])
  })
})
