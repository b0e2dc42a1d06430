import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../support/eventually.js'
import { connectSftp } from '../support/sftp/sftp-clients.js'
import { makeKey } from '../support/sftp/ssh-keys.js'
import { type ConsoleStack, startConsoleStack } from './support/console-stack.js'
import { describeInBrowser } from './support/describe-in-browser.js'
import { exportOnce } from './support/export-once.js'

await describeInBrowser('fetches in the console', () => {
  const key = makeKey('-t', 'ed25519')
  let stack: ConsoleStack
  let deliveryId: string
  beforeAll(async () => {
    stack = await startConsoleStack()
    await stack.graphql(
      'acme',
      'mutation ($key: String!) { addSftpKey(publicKey: $key, label: "loader") { key { id } } }',
      {
        key: key.line,
      },
    )
    await exportOnce(stack, 'acme', 'user, content')
    await reportedUntil('8 days')
    deliveryId = await fetchOne()
  })
  afterAll(() => stack?.[Symbol.asyncDispose]())

  /** As if servers had reported fetches for a day, and the last time then. */
  const reportedUntil = (fromNow: string) =>
    stack.query(
      `INSERT INTO tidemark.fetch_source (name, since, seen_at)
       VALUES ('embedded', now() - interval '1 day', now() + $1::interval)
       ON CONFLICT (name) DO UPDATE SET since = excluded.since, seen_at = excluded.seen_at`,
      [fromNow],
    )

  interface Files {
    readonly exportDeliveries: {
      readonly edges: readonly { readonly node: { id: string; path: string; internalName: string } }[]
    }
  }

  /** Fetches the file of `user` with the tenant's own key. */
  async function fetchOne(): Promise<string> {
    const read = '{ exportDeliveries { edges { node { id path internalName } } } }'
    const { exportDeliveries } = await stack.graphql<Files>('acme', read)
    const file = exportDeliveries.edges.find(({ node }) => node.internalName === 'user')?.node
    const sftp = stack.stack.connection.tenants.find(({ tenantId }) => tenantId === 'acme')?.sftp
    if (!file || !sftp) throw new Error('acme has no file')
    const client = await connectSftp({ host: sftp.host, port: sftp.port, username: 'acme', privateKey: key.privateKey })
    await client.get(file.path)
    await client.end()
    await eventually('the fetch is on record', async () => {
      const state = 'query ($id: ID!) { exportDelivery(id: $id) { fetchState } }'
      const { exportDelivery } = await stack.graphql<{ exportDelivery: { fetchState: string } }>('acme', state, {
        id: file.id,
      })
      return exportDelivery.fetchState === 'FETCHED'
    })
    return file.id
  }

  test('the list of deliveries shows which files were fetched, and a file shows by which key', async () => {
    const window = await stack.logIn('acme')
    const { page } = window
    await window.goto('/console/deliveries')
    await page.getByRole('columnheader', { name: 'Fetched' }).waitFor()
    await page.getByText('Not yet').waitFor()
    await window.goto(`/console/deliveries/${deliveryId}`)
    const table = page.getByRole('region', { name: 'Fetches, newest first' })
    await table.getByText('loader').waitFor()
    await table.getByText('127.0.0.1').waitFor()
    expect(await table.getByText('Whole', { exact: true }).count()).toBeGreaterThan(0)
    expect(await window.close()).toEqual([])
  })

  test('a tenant is warned of files that it has not fetched, and finds them', async () => {
    const window = await stack.logIn('acme')
    const { page } = window
    await page.getByText('1 file delivered, and not fetched for 7 days.').waitFor()
    await page.getByRole('link', { name: 'Show the files' }).click()
    await page.waitForURL(/\/deliveries\?unfetched=7/)
    await page.getByText('1 file on this page').waitFor()
    await page.getByRole('link', { name: 'content', exact: true }).waitFor()
    expect(await window.close()).toEqual([])
  })

  test('a key shows when it was last used', async () => {
    const window = await stack.logIn('acme')
    const { page } = window
    await window.follow('SFTP')
    const row = page.getByRole('row').filter({ hasText: 'loader' })
    await page.getByRole('columnheader', { name: 'Last used' }).waitFor()
    expect(await row.getByText('not known').count()).toBe(0)
    expect(await row.locator('time').count()).toBe(2)
    expect(await window.close()).toEqual([])
  })

  test('an operator finds the tenants that do not fetch their files', async () => {
    const window = await stack.logIn('operator')
    const { page } = window
    await window.goto('/console/operator?state=unfetched')
    await page.getByRole('link', { name: 'acme' }).waitFor()
    await page.getByRole('row').filter({ hasText: 'acme' }).getByText('Not fetched').waitFor()
    expect(await page.getByRole('link', { name: 'globex' }).count()).toBe(0)
    expect(await window.close()).toEqual([])
  })
})
