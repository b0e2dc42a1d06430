import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type SftpOutage, startBreakableSftp } from '../../dev/incident/sftp-outage.js'
import { type ConsoleStack, startConsoleStack } from './support/console-stack.js'
import { describeInBrowser } from './support/describe-in-browser.js'
import { exportOnce } from './support/export-once.js'

await describeInBrowser('runs in the console', () => {
  let folder: string
  let sftp: SftpOutage
  let stack: ConsoleStack
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tidemark-outage-'))
    sftp = await startBreakableSftp(folder)
    stack = await startConsoleStack({ ...sftp.environment, ALERT_DELAY_SECONDS: '1' })
  })
  afterAll(async () => {
    await stack[Symbol.asyncDispose]()
    await sftp[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
  })

  test('an outage of the SFTP server is seen by tenant and operator, with its reason, until it ends', async () => {
    await exportOnce(stack, 'acme', 'user, content')
    const [tenant, operator] = [await stack.logIn('acme'), await stack.logIn('operator')]
    const { page } = tenant
    await sftp.begin()
    await tenant.follow('Runs')
    await page.getByRole('button', { name: 'Run now' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Run 2 entities' }).click()
    await page.getByText('The SFTP server was unreachable.').first().waitFor()
    expect(await page.locator('body').innerText()).not.toContain('ECONNREFUSED')

    await operator.goto('operator/incidents')
    await operator.page
      .getByText(/SFTP server/)
      .first()
      .waitFor()
    await sftp.end()
    // The run page follows the run without a reload.
    await page.getByText('Succeeded').first().waitFor({ timeout: 90_000 })
    await page.getByText('2 of 2 entities').waitFor()
    expect(await tenant.close()).toEqual([])
    expect(await operator.close()).toEqual([])
  })
})
