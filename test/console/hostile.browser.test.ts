import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import defaultCatalog from '../../src/catalog/default-catalog.json' with { type: 'json' }
import { makeKey } from '../support/sftp/ssh-keys.js'
import { sidewaysOverflow } from './support/axe.js'
import { type ConsoleStack, startConsoleStack } from './support/console-stack.js'
import { describeInBrowser } from './support/describe-in-browser.js'
import { exportOnce } from './support/export-once.js'
import { tenantPages } from './support/pages.js'

const markup = `<img src=x onerror="document.title='hacked'">'"&amp;<script>document.title='hacked'</script>`
const reversed = '\u202eevil\u202c \u2066\u200f\ufdfd'
const longWord = 'w'.repeat(10_000)
const hostile = `${markup} ${reversed} ${longWord}`

const addKey = `mutation ($label: String!, $publicKey: String!) {
  addSftpKey(label: $label, publicKey: $publicKey) { userErrors { message } } }`

/** The catalog, with hostile descriptions of entities and columns. */
async function writeCatalog(folder: string): Promise<string> {
  const entities = defaultCatalog.entities.map((entity) => ({
    ...entity,
    description: hostile,
    columns: entity.columns.map((column) => ({ ...column, description: hostile })),
  }))
  const file = join(folder, 'catalog.json')
  await writeFile(file, JSON.stringify({ entities }))
  return file
}

await describeInBrowser('hostile strings in the console', () => {
  let folder: string
  let stack: ConsoleStack
  let paths: readonly string[]
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tidemark-hostile-'))
    stack = await startConsoleStack({ CATALOG_FILE: await writeCatalog(folder) })
    const { runId, deliveryId } = await exportOnce(stack, 'acme', 'user, content')
    paths = [...tenantPages, `runs/${runId}`, `deliveries/${deliveryId}`, encodeURIComponent(markup)]
    for (const label of [markup.slice(0, 100), 'w'.repeat(100)])
      await stack.graphql('acme', addKey, { label, publicKey: makeKey().canonical })
    await stack.query(
      `INSERT INTO tidemark.audit_event (id, tenant_id, at, action, subject, client_id, is_operator, target, after)
       VALUES (gen_random_uuid(), 'acme', now(), 'SFTP_KEY_ADDED', $1, $1, false, $1, jsonb_build_object('label', $1::text, $1::text, $1::text))`,
      [hostile],
    )
    await stack.query(
      `UPDATE tidemark.run_entity SET status = 'FAILED', error_code = 'INTERNAL', error_message = $1 WHERE entity = 'user'`,
      [hostile],
    )
  })
  afterAll(async () => {
    await stack[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
  })

  test.each([1240, 360])('hostile texts are shown as text, and break no page, at a width of %i px', async (width) => {
    const window = await stack.logIn('acme', { width })
    const { page } = window
    await stack.query('UPDATE tidemark.console_session SET name = $1', [hostile])
    const tooWide: string[] = []
    let shown = 0
    for (const path of paths) {
      await window.goto(path)
      expect(await page.locator('img, main script').count()).toBe(0)
      expect(await page.title()).not.toContain('hacked')
      shown += await page.getByText('<img src=x onerror=').count()
      const overflow = await sidewaysOverflow(page)
      if (overflow > 0) tooWide.push(`/${path}: ${overflow} px`)
    }
    expect(tooWide).toEqual([])
    expect(shown).toBeGreaterThan(paths.length)
    expect(await window.close()).toEqual([])
  })

  test('hostile texts in the dictionary, the audit log and labels of keys can be read as they are', async () => {
    const window = await stack.logIn('acme')
    const { page } = window
    await window.goto('settings')
    await page
      .getByRole('region', { name: /^Data dictionary/ })
      .getByText(markup)
      .first()
      .waitFor()
    await window.goto('audit')
    await page.getByText(markup).first().waitFor()
    await window.goto('sftp')
    await page.getByRole('table').getByText(markup.slice(0, 100)).waitFor()
    expect(await window.close()).toEqual([])
  })

  test('a hostile error of a run stays in the log, and the tenant reads what happened in fixed words', async () => {
    const window = await stack.logIn('acme')
    await window.goto(paths.find((path) => path.startsWith('runs/')) ?? '')
    await window.page.getByText('Tidemark failed unexpectedly.').first().waitFor()
    expect(await window.page.locator('body').innerText()).not.toContain('onerror')
    expect(await window.close()).toEqual([])
  })

  test('hostile search parameters in an address open the page as if they were not there', async () => {
    const window = await stack.logIn('acme')
    // A cursor that the API does not know is refused with an error on the page.
    window.expectFault(/400/)
    const text = encodeURIComponent(markup)
    for (const path of ['runs', 'deliveries', 'audit', ''])
      await window.goto(`${path}?after=${text}&status=${text}&entity=${text}&days=${text}&from=${text}`)
    expect(await window.page.locator('img').count()).toBe(0)
    expect(await window.close()).toEqual([])
  })
})
