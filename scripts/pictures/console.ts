import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { chromiumArguments, findChromium } from '../../dev/machine/chromium.js'
import type { UserConnection } from '../../dev/stack/connection-file.js'
import { resetStack } from '../../dev/stack/reset.js'
import { type Stack, startStack } from '../../dev/stack/stack.js'
import { readEnvironment } from '../../src/config/env.js'
import { makeHistory } from './console-history.js'

/** The looks in which each page is shown. */
const looks = [
  { name: 'light', colorScheme: 'light', width: 1240, height: 900 },
  { name: 'dark', colorScheme: 'dark', width: 1240, height: 900 },
  { name: 'phone', colorScheme: 'light', width: 360, height: 740 },
] as const
type Look = (typeof looks)[number]

const tenantPages = {
  overview: '',
  settings: 'settings',
  history: 'settings/history',
  runs: 'runs',
  deliveries: 'deliveries',
  sftp: 'sftp',
  events: 'events',
  audit: 'audit',
}
const operatorPages = { tenants: 'operator', incidents: 'operator/incidents', acting: '?tenant=acme' }

/** Makes a picture of every page of the console, in each look, in a folder. It needs Chromium. */
export async function makeConsolePictures(folder: string): Promise<void> {
  const executablePath = await findChromium(readEnvironment())
  if (executablePath === undefined)
    throw new Error('There is no Chromium on the PATH. Install it: apt-get install chromium')
  const home = await mkdtemp(join(tmpdir(), 'tidemark-pictures-'))
  await mkdir(folder, { recursive: true })
  try {
    await using stack = await startStack({
      folder: home,
      environment: readEnvironment(),
      sampleRows: 60_000,
      report: () => undefined,
      signal: new AbortController().signal,
    })
    await makeHistory(stack)
    const browser = await chromium.launch({ executablePath, args: chromiumArguments() })
    for (const look of looks) await takeLook(browser, stack, { look, folder })
    await browser.close()
  } finally {
    await resetStack(home, () => undefined)
    await rm(home, { recursive: true })
  }
}

interface Place {
  readonly look: Look
  readonly folder: string
}

async function takeLook(browser: Browser, { connection }: Stack, place: Place): Promise<void> {
  const url = connection.consoleUrl ?? ''
  const administrator = connection.tenants.find(({ tenantId }) => tenantId === 'acme')?.console
  for (const [user, pages] of [
    [administrator, tenantPages],
    [connection.operator?.console, operatorPages],
  ] as const) {
    const { width, height, colorScheme } = place.look
    const context = await browser.newContext({ viewport: { width, height }, colorScheme, locale: 'en-US' })
    const page = await context.newPage()
    await page.goto(url)
    await page.getByRole('link', { name: 'Log in' }).waitFor()
    await picture(page, 'login', place)
    if (user) await logIn(page, user)
    for (const [name, path] of Object.entries(pages)) {
      await page.goto(url + path)
      await picture(page, name, place)
    }
    if (user === administrator) await pictureOfRun(page, place)
    await context.close()
  }
}

async function pictureOfRun(page: Page, place: Place): Promise<void> {
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Runs' }).click()
  await page.getByRole('region', { name: /^Runs/ }).getByRole('link').first().click()
  await page.getByRole('heading', { name: /^Run of/ }).waitFor()
  await picture(page, 'run', place)
  await page.getByRole('link', { name: 'Delivery' }).first().click()
  await page.getByRole('heading', { name: /number/ }).waitFor()
  await picture(page, 'delivery', place)
}

async function logIn(page: Page, { username, password }: UserConnection): Promise<void> {
  await page.getByRole('link', { name: 'Log in' }).click()
  await page.getByLabel('User name').fill(username)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.getByRole('button', { name: 'Log out' }).waitFor()
}

/** Saves the page once nothing is loading. */
async function picture(page: Page, name: string, { look, folder }: Place): Promise<void> {
  await page.getByRole('heading', { level: 1 }).waitFor()
  await page.waitForLoadState('networkidle')
  await page.screenshot({ path: join(folder, `${name}-${look.name}.png`), fullPage: true })
}
