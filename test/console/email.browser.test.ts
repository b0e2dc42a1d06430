import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../../dev/machine/ports.js'
import { eventually } from '../support/eventually.js'
import { type MailServer, startMailServer } from '../support/smtp/mail-server.js'
import { linkIn } from '../support/smtp/parse-email.js'
import { type ConsoleStack, startConsoleStack } from './support/console-stack.js'
import { describeInBrowser } from './support/describe-in-browser.js'

const read = '{ exportEmailRecipients { recipients { email kinds state } } }'

await describeInBrowser('email in the console', () => {
  let smtp: MailServer
  let stack: ConsoleStack
  beforeAll(async () => {
    smtp = await startMailServer()
    const port = String(await freePort())
    const links = { PORT: port, PUBLIC_URL: `http://127.0.0.1:${port}` }
    stack = await startConsoleStack({ SMTP_URL: smtp.url, EMAIL_FROM: 'exports@example.com', ...links })
  })
  afterAll(async () => {
    await stack[Symbol.asyncDispose]()
    await smtp[Symbol.asyncDispose]()
  })

  test('an administrator adds an address, its owner confirms it with the link, and the administrator changes and removes it', async () => {
    const window = await stack.logIn('acme')
    const { page } = window
    await window.follow('Email')
    await page.getByRole('button', { name: 'Add an address' }).click()
    await page.getByRole('textbox', { name: 'Address' }).fill('ana@acme')
    await page.getByRole('button', { name: 'Add the address' }).click()
    await page.getByText(/^The text is not an address such as/).waitFor()
    await page.getByRole('textbox', { name: 'Address' }).fill('ana@acme.example')
    await page.getByRole('form').getByText('Deliveries', { exact: true }).click()
    await page.getByRole('button', { name: 'Add the address' }).click()
    const row = page.getByRole('row', { name: /ana@acme\.example/ })
    await row.getByText('Not confirmed').waitFor()

    const email = await eventually('the email with the link', () => smtp.to('ana@acme.example')[0])
    const link = linkIn(email, '/email/verify')
    const owner = await window.context.newPage()
    await owner.goto(link)
    await owner.getByRole('button', { name: 'Confirm the address' }).click()
    await owner.getByRole('heading', { name: 'Your address is confirmed' }).waitFor()
    await owner.goto(link)
    // The browser reports these statuses on its console: of the answer, and of the icon that it looks for.
    window.expectFault(/410|404/)
    await owner.getByRole('button', { name: 'Confirm the address' }).click()
    await owner.getByRole('heading', { name: 'This link is not valid' }).waitFor()
    expect(await stack.graphql('acme', read)).toEqual({
      exportEmailRecipients: {
        recipients: [{ email: 'ana@acme.example', kinds: ['PROBLEMS', 'DELIVERIES'], state: 'VERIFIED' }],
      },
    })

    await page.reload()
    await row.getByText('Verified').waitFor()
    await page.getByRole('button', { name: 'Change the emails to ana@acme.example' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('Changes', { exact: true }).click()
    await dialog.getByRole('button', { name: 'Save' }).click()
    await row.getByText('Problems, changes, deliveries').waitFor()
    await page.getByRole('button', { name: 'Remove ana@acme.example' }).click()
    await dialog.getByRole('button', { name: 'Remove the address' }).click()
    await page.getByText('ana@acme.example is removed.').waitFor()
    expect(await window.close()).toEqual([])
  })

  test('an address that has not been confirmed gets the link again, and too many are refused', async () => {
    const window = await stack.logIn('globex')
    const { page } = window
    await window.follow('Email')
    await page.getByText('No address gets emails yet.').waitFor()
    await page.getByRole('button', { name: 'Add an address' }).click()
    await page.getByRole('textbox', { name: 'Address' }).fill('bob@globex.example')
    await page.getByRole('button', { name: 'Add the address' }).click()
    const again = page.getByRole('button', { name: 'Send the link to bob@globex.example again' })
    for (let n = 0; n < 2; n++) {
      await again.click()
      await page.getByText('An email with a new link goes to bob@globex.example.').waitFor()
    }
    await again.click()
    await page.getByText(/^No email was sent to bob@globex\.example: In an hour, at most 3/).waitFor()
    expect(await window.close()).toEqual([])
  })
})
