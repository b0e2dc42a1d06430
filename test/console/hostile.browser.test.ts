import { readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeKey } from '../support/sftp/ssh-keys.js'
import { sidewaysOverflow } from './support/axe.js'
import { type ConsoleStack, startConsoleStack } from './support/console-stack.js'
import { describeInBrowser } from './support/describe-in-browser.js'
import { exportOnce } from './support/export-once.js'
import { tenantPages } from './support/pages.js'

const tag = '<img src=x onerror=alert(1)><script>alert(2)</script>'
const long = 'x'.repeat(2_000)
const addKey = `mutation ($label: String!, $publicKey: String!) {
  addSftpKey(label: $label, publicKey: $publicKey) { key { id } userErrors { message } } }`

await describeInBrowser('hostile texts in the console', () => {
  let stack: ConsoleStack
  beforeAll(async () => {
    stack = await startConsoleStack({ CATALOG_FILE: await hostileCatalog() })
    await exportOnce(stack, 'acme', 'user')
    const label = `${tag} \u{1F30A} quote' "double"`
    await stack.graphql('acme', addKey, { label, publicKey: makeKey().canonical })
    await stack.graphql('acme', addKey, { label: 'y'.repeat(100), publicKey: makeKey().canonical })
  })
  afterAll(() => stack[Symbol.asyncDispose]())

  test.each([1240, 360])('each page shows them as text, and fits into %i px', async (width) => {
    const window = await stack.logIn('acme', { width })
    const { page } = window
    let alerts = 0
    page.on('dialog', (dialog) => {
      alerts += 1
      void dialog.dismiss()
    })
    for (const path of tenantPages) {
      await window.goto(path)
      expect(await page.locator('img, main script').count(), path).toBe(0)
      expect(await sidewaysOverflow(page), path).toBeLessThanOrEqual(0)
    }
    await window.goto('settings')
    await page.getByText(tag).first().waitFor()
    await window.goto('sftp')
    await page.getByText(tag).first().waitFor()
    await window.goto('audit')
    await page.getByText(tag).first().waitFor({ state: 'attached' })
    expect(alerts).toBe(0)
    expect(await window.close()).toEqual([])
  })

  test('an address with hostile search parameters opens the page as if they were not there', async () => {
    const window = await stack.logIn('acme')
    for (const path of ['runs', 'deliveries', 'audit', ''])
      await window.goto(`${path}?after=${encodeURIComponent(tag)}&status=${tag}&entity=${tag}&days=${tag}&from=${tag}`)
    expect(await window.page.locator('img').count()).toBe(0)
    // A cursor that the API does not know is refused with an error on the page.
    window.expectFault(/400/)
    expect(await window.close()).toEqual([])
  })

  /** The default catalog with hostile descriptions. */
  async function hostileCatalog(): Promise<string> {
    const catalog = JSON.parse(await readFile('src/catalog/default-catalog.json', 'utf8')) as {
      entities: { description: string; columns: { description: string }[] }[]
    }
    for (const entity of catalog.entities) {
      entity.description = `${tag} ${long}`
      for (const column of entity.columns) column.description = `${tag} \u202eright to left ${long}`
    }
    const file = join(tmpdir(), `tidemark-hostile-catalog-${process.pid}.json`)
    await writeFile(file, JSON.stringify(catalog))
    return file
  }
})
