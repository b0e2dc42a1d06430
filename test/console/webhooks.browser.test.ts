import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWebhookReceiver, type WebhookReceiver } from '../support/webhooks/receiver.js'
import { type ConsoleStack, startConsoleStack } from './support/console-stack.js'
import { describeInBrowser } from './support/describe-in-browser.js'

await describeInBrowser('webhooks in the console', () => {
  let stack: ConsoleStack
  let receiver: WebhookReceiver
  beforeAll(async () => {
    receiver = await startWebhookReceiver()
    stack = await startConsoleStack()
  })
  afterAll(async () => {
    await stack[Symbol.asyncDispose]()
    await receiver[Symbol.asyncDispose]()
  })

  test('an administrator adds a webhook, sees its secret once, tests it, pauses it and removes it', async () => {
    const window = await stack.logIn('acme')
    const { page } = window
    await window.follow('Webhooks')
    await page.getByText('There is no webhook yet.').waitFor()
    await page.getByRole('button', { name: 'Add a webhook' }).click()
    await page.getByRole('textbox', { name: 'URL' }).fill(receiver.url('/console'))
    await page.getByRole('textbox', { name: 'Label' }).fill('warehouse')
    await page.getByRole('button', { name: 'Add the webhook' }).click()
    await page.getByText('The webhook “warehouse” is added.').waitFor()
    const secret = await page.getByLabel('the secret', { exact: true }).innerText()

    await page.getByRole('button', { name: 'Send a test' }).click()
    await expect.poll(() => receiver.of('/console').length, { timeout: 20_000 }).toBe(1)
    const [message] = receiver.of('/console')
    const headers = message?.headers as Record<string, string>
    expect(new Webhook(secret).verify(message?.body ?? '', headers)).toMatchObject({ type: 'test' })
    await expect
      .poll(async () => {
        await page.getByRole('button', { name: 'Refresh' }).click()
        return page.getByRole('region', { name: 'Deliveries of warehouse' }).innerText()
      })
      .toContain('delivered (204)')
    await page.getByRole('button', { name: 'Send event 1 again' }).click()
    await expect.poll(() => receiver.of('/console').length, { timeout: 20_000 }).toBe(2)

    await page.getByRole('button', { name: 'Pause' }).click()
    await page.getByText('The webhook “warehouse” is paused.').waitFor()
    expect(await page.getByText(secret).count()).toBe(0)
    await page.getByRole('button', { name: 'Resume' }).click()
    await page.getByText('The webhook “warehouse” is active.').waitFor()

    await page.getByRole('button', { name: 'Remove the webhook warehouse' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Remove the webhook' }).click()
    await page.getByText('There is no webhook yet.').waitFor()
    expect(await window.close()).toEqual([])
  })

  test('an endpoint that does not answer the challenge is not added, and the form says why', async () => {
    const window = await stack.logIn('globex')
    const { page } = window
    await window.follow('Webhooks')
    await page.getByRole('button', { name: 'Add a webhook' }).click()
    await page.getByRole('textbox', { name: 'URL' }).fill('http://127.0.0.1:1/')
    await page.getByRole('textbox', { name: 'Label' }).fill('nowhere')
    await page.getByRole('button', { name: 'Add the webhook' }).click()
    await page.getByText(/The challenge was not answered/).waitFor()
    expect(await window.close()).toEqual([])
  })
})
