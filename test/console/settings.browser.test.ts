import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ConsoleStack, startConsoleStack } from './support/console-stack.js'
import type { ConsoleBrowser } from './support/console-browser.js'
import { describeInBrowser } from './support/describe-in-browser.js'

const register = `mutation ($list: EntityList!) {
  registerDataExport(input: { entityList: $list }) { dataExport { version } userErrors { code } } }`
const read = '{ dataExport { version entityList } }'

await describeInBrowser('settings in the console', () => {
  let stack: ConsoleStack
  beforeAll(async () => {
    stack = await startConsoleStack()
  })
  afterAll(() => stack[Symbol.asyncDispose]())

  const registered = async (tenantId: string, list: string): Promise<void> => {
    await stack.graphql(tenantId, register, { list })
  }
  const entityListOf = async (tenantId: string) =>
    (await stack.graphql<{ dataExport: { entityList: string[] } }>(tenantId, read)).dataExport.entityList
  const toggle = ({ page }: ConsoleBrowser, name: string): Promise<void> =>
    page.getByRole('list', { name: 'Entities' }).getByText(name, { exact: true }).click()
  const save = async ({ page }: ConsoleBrowser): Promise<void> => {
    await page.getByRole('button', { name: 'Review and save' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
  }

  test('two administrators who change the settings at the same time see both changes, and lose none', async () => {
    await registered('acme', 'user')
    const [mine, theirs] = [await stack.logIn('acme'), await stack.logIn('acme')]
    for (const window of [mine, theirs]) await window.follow('Settings')
    await toggle(theirs, 'feed')
    await save(theirs)
    await theirs.page.getByText('Saved as version 2.').waitFor()

    await toggle(mine, 'site')
    await save(mine)
    await mine.page.getByText('The settings were changed in the meantime. Nothing was saved.').waitFor()
    await mine.page.getByRole('region', { name: 'Their changes' }).getByText('Added: feed').waitFor()
    await mine.page.getByRole('region', { name: 'Your changes' }).getByText('Added: site').waitFor()
    expect(await entityListOf('acme')).toEqual(['user', 'feed'])

    await mine.page.getByRole('button', { name: 'Put my changes on top of theirs' }).click()
    await expect.poll(() => mine.page.getByText('Nothing was saved.').count()).toBe(0)
    await save(mine)
    await mine.page.getByText('Saved as version 3.').waitFor()
    expect(await entityListOf('acme')).toEqual(['user', 'site', 'feed'])
    for (const window of [mine, theirs]) expect(await window.close()).toEqual([])
  })

  test('an administrator goes back to a former version after reading what will change', async () => {
    await registered('globex', 'user, content')
    await registered('globex', 'user')
    const window = await stack.logIn('globex')
    const { page } = window
    await window.goto('settings/history')
    await page.getByRole('region', { name: 'Version 2' }).getByText('Removed: content').waitFor()
    await page
      .getByRole('region', { name: 'Version 1' })
      .getByRole('button', { name: 'Go back to this version' })
      .click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('Added: content').waitFor()
    await dialog.getByText('1 entity becomes active:').waitFor()
    await dialog.getByRole('button', { name: 'Go back' }).click()
    await page.getByRole('region', { name: 'Version 3' }).getByText('In use').waitFor()
    expect(await entityListOf('globex')).toEqual(['user', 'content'])
    expect(await window.close()).toEqual([])
  })

  test('a session that ends in the middle of the form loses nothing that was chosen', async () => {
    await registered('initech', 'user')
    const window = await stack.logIn('initech')
    const { page } = window
    // The browser reports the refused request on its console.
    window.expectFault(/401/)
    await window.follow('Settings')
    await toggle(window, 'theme')
    await page.getByRole('button', { name: 'Review and save' }).click()
    await page.getByRole('dialog').getByText('1 entity becomes active:').waitFor()
    await stack.query('DELETE FROM tidemark.console_session')
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
    await page.getByRole('alertdialog', { name: 'Your session has ended' }).waitFor()

    const second = page.context().waitForEvent('page')
    await page.getByRole('link', { name: 'Log in again' }).click()
    const popup = await second
    // The issuer still knows the user, so it asks for nothing, and the window closes.
    if (!popup.isClosed()) await popup.waitForEvent('close')
    await page.getByText('Saved as version 2.').waitFor()
    expect(await entityListOf('initech')).toEqual(['user', 'theme'])
    expect(await window.close()).toEqual([])
  })

  test('changes that are not saved survive a reload, and can be discarded', async () => {
    await registered('hooli', 'user')
    const window = await stack.logIn('hooli')
    const { page } = window
    await window.follow('Settings')
    await toggle(window, 'site')
    await page.getByText('1 setting changed, not saved.').waitFor()
    await page.reload()
    await page.getByText('Your changes from before are still here.').waitFor()
    await page.getByRole('button', { name: 'Discard them' }).click()
    await expect.poll(() => page.getByText('not saved').count()).toBe(0)
    expect(await entityListOf('hooli')).toEqual(['user'])
    expect(await window.close()).toEqual([])
  })

  test('a full load of an entity is requested where its columns are', async () => {
    const window = await stack.logIn('hooli')
    const { page } = window
    await window.follow('Settings')
    await page.getByRole('button', { name: 'Show the columns of user', exact: true }).click()
    await page.getByRole('button', { name: 'Request a full load' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Request a full load' }).click()
    await page.getByText('The next file of user is a full load.').waitFor()
    const { exportAuditEvents } = await stack.graphql<{ exportAuditEvents: { edges: unknown[] } }>(
      'hooli',
      '{ exportAuditEvents(action: FULL_LOAD_REQUESTED) { edges { node { id } } } }',
    )
    expect(exportAuditEvents.edges).toHaveLength(1)
    expect(await window.close()).toEqual([])
  })

  test('an administrator leaves out personal data and a column, and reads what it means to take a column back', async () => {
    await registered('globex', 'user, content')
    const selection = '{ dataExport { columns { entity exclude } excludeTags } }'
    const selectionOf = async () => (await stack.graphql<{ dataExport: object }>('globex', selection)).dataExport
    const window = await stack.logIn('globex')
    const { page } = window
    await window.follow('Settings')
    const section = page.getByRole('region', { name: 'Columns' })
    await section.getByText(/^Leave out columns with the tag pii/).click()
    await section.getByText('email (left out by its tag)').waitFor()
    await section.getByText('code (always delivered)').waitFor()
    await section.getByRole('combobox', { name: 'Columns of one entity' }).selectOption('content')
    const delivered = section.getByRole('group', { name: 'Delivered columns of content' })
    await delivered.getByText('language', { exact: true }).click()
    await page.getByRole('button', { name: 'Review and save' }).click()
    await page.getByRole('dialog').getByText('Left out: columns with the tag pii').waitFor()
    await page.getByRole('dialog').getByText('content: all columns → all columns except language').waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
    await page.getByText(/^Saved as version/).waitFor()
    expect(await selectionOf()).toEqual({
      columns: [{ entity: 'content', exclude: ['language'] }],
      excludeTags: ['pii'],
    })
    await delivered.getByText('language', { exact: true }).click()
    await page.getByRole('button', { name: 'Review and save' }).click()
    await page
      .getByRole('dialog')
      .getByText(/requestFullLoad brings all values\. The columns: content\.language/)
      .waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
    await expect.poll(selectionOf).toEqual({ columns: [], excludeTags: ['pii'] })
    expect(await window.close()).toEqual([])
  })

  test('the next five run times follow the frequency before it is saved', async () => {
    const window = await stack.logIn('hooli')
    const { page } = window
    await window.follow('Settings')
    await page.getByText('Every month', { exact: true }).click()
    const times = page.getByRole('region', { name: 'Frequency' }).getByRole('listitem')
    await expect
      .poll(() => times.allTextContents())
      .toEqual(Array(5).fill(expect.stringMatching(/^\w+ 1, \d{4}, 12:00 AM UTC/)))
    expect(await window.close()).toEqual([])
  })

  test('a time zone and an hour are saved, and the run times follow before that', async () => {
    await registered('hooli', 'user')
    const window = await stack.logIn('hooli')
    const { page } = window
    await window.follow('Settings')
    await page.getByLabel('Time zone').selectOption('Asia/Kathmandu')
    await page.getByLabel('Hour').selectOption('6')
    const times = page.getByRole('region', { name: 'Frequency' }).getByRole('listitem')
    await expect.poll(() => times.allTextContents()).toEqual(Array(5).fill(expect.stringContaining('12:15 AM UTC')))
    await save(window)
    await page.getByText(/Saved as version/).waitFor()
    const { dataExport } = await stack.graphql<{ dataExport: { schedule: unknown } }>(
      'hooli',
      '{ dataExport { schedule { timeZone hour minute } } }',
    )
    expect(dataExport.schedule).toEqual({ timeZone: 'Asia/Kathmandu', hour: 6, minute: 0 })
    expect(await window.close()).toEqual([])
  })
})
