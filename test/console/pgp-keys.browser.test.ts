import { afterAll, beforeAll, expect, test } from 'vitest'
import { GpgHome } from '../support/pgp/gpg.js'
import { type ConsoleStack, startConsoleStack } from './support/console-stack.js'
import { describeInBrowser } from './support/describe-in-browser.js'
import { countRequestsWith } from './support/key-actions.js'

const register = `mutation ($list: EntityList!) {
  registerDataExport(input: { entityList: $list }) { dataExport { version } userErrors { code } } }`
const read = '{ dataExport { encryption { pgp { publicKeys sign } } } }'

await describeInBrowser('PGP keys in the console', () => {
  let stack: ConsoleStack
  let gpg: GpgHome
  beforeAll(async () => {
    gpg = await GpgHome.open()
    stack = await startConsoleStack()
  })
  afterAll(async () => {
    await stack[Symbol.asyncDispose]()
    await gpg[Symbol.asyncDispose]()
  })

  const openForm = async (tenantId: string) => {
    const window = await stack.logIn(tenantId)
    await window.follow('PGP keys')
    await window.page.getByRole('button', { name: 'Add a PGP key' }).click()
    return window
  }

  test('a private PGP key is caught in the page, and no request contains it', async () => {
    const window = await openForm('acme')
    const { page } = window
    const requests = countRequestsWith(page, 'PRIVATE KEY')
    await page.getByRole('textbox', { name: 'Public key' }).fill(await gpg.exportSecret(await gpg.generate('secret')))
    await page.getByText('This is a private key. It was not sent.').waitFor()
    await expect.poll(() => page.getByRole('textbox', { name: 'Public key' }).inputValue()).toBe('')
    expect(requests()).toBe(0)
    expect(await window.close()).toEqual([])
  })

  test('an administrator adds a PGP key, turns encryption on, and cannot remove the last key', async () => {
    await stack.graphql('globex', register, { list: 'user' })
    const fingerprint = await gpg.generate('loader', { expires: 'seconds=864000' })
    const window = await openForm('globex')
    const { page } = window
    await page.getByRole('textbox', { name: 'Public key' }).fill(await gpg.export(fingerprint))
    await page.getByRole('textbox', { name: 'Label' }).fill('loader')
    await page.getByRole('button', { name: 'Add the key' }).click()
    await page.getByRole('table').getByText(fingerprint).waitFor()
    await page.getByText('The key “loader” expires within 30 days.').waitFor()

    await window.follow('Settings')
    await page.getByText('Encrypt files with PGP.').click()
    await page.getByText('Encrypt to all PGP keys').waitFor()
    await page.getByRole('button', { name: 'Review and save' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('Files are not encrypted → Files are encrypted to all PGP keys').waitFor()
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Saved as version 2.').waitFor()
    expect(await stack.graphql('globex', read)).toEqual({
      dataExport: { encryption: { pgp: { publicKeys: null, sign: false } } },
    })

    await window.follow('PGP keys')
    await page.getByRole('button', { name: /^Remove/ }).click()
    await dialog.getByRole('button', { name: /^Remove/ }).click()
    await dialog.getByText(/this is its last valid key/).waitFor()
    expect(await window.close()).toEqual([])
  })
})
