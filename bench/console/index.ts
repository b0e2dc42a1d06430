import type { BrowserContext, Page } from 'playwright-core'
import { type ConsoleStack, startConsoleStack } from '../../test/console/support/console-stack.js'
import { exportOnce } from '../../test/console/support/export-once.js'
import type { BenchOptions, Section } from '../section.js'

interface Visit {
  /** Until the overview is complete. */
  readonly usable: number
  /** For the same files, without running them. */
  readonly files: number
}

/** How long an administrator waits for the overview with an empty cache. */
export async function benchConsole({ full, progress }: BenchOptions): Promise<Section> {
  progress('console: starts a stack')
  await using stack = await startConsoleStack()
  await exportOnce(stack, 'acme', 'user, content')
  const visits: Visit[] = []
  const times = full ? 21 : 9
  for (let time = 1; time <= times; time++) {
    progress(`console: ${time} of ${times}`)
    visits.push(await visit(stack))
  }
  const usable = median(visits.map((each) => each.usable))
  const files = median(visits.map((each) => each.files))
  return {
    title: 'Console',
    about:
      'The time from the address to a complete overview, for an administrator who is logged in and whose browser has nothing ' +
      'in its cache, on the machine of the API. It is compared with the time in which the same browser fetches the same files ' +
      'at once, without running them. Medians of several visits that alternate.',
    tables: [
      {
        head: ['what', 'ms', 'ratio'],
        rows: [
          ['the files alone', files.toFixed(0), '1.0'],
          ['a complete overview', usable.toFixed(0), (usable / files).toFixed(1)],
        ],
      },
    ],
    targets: [
      { name: 'a complete overview against the files alone', ratio: usable / files },
      { name: 'a complete overview against one second', ratio: usable / 1000, atMost: 1 },
    ],
  }
}

async function visit(stack: ConsoleStack): Promise<Visit> {
  const window = await stack.logIn('acme')
  const { page, context } = window
  await emptyCache(context, page)
  const began = performance.now()
  await page.goto(stack.stack.connection.consoleUrl ?? '')
  await page.getByText('Everything is fresh.').waitFor()
  const usable = performance.now() - began
  const assets = await page.evaluate<string[]>(
    `performance.getEntriesByType('resource').map(({ name }) => name).filter((name) => name.includes('/console/assets/'))`,
  )
  await emptyCache(context, page)
  const fetchAll = `Promise.all(${JSON.stringify(assets)}.map(async (name) => (await fetch(name)).arrayBuffer()))`
  const files = await page.evaluate<number>(
    `(async () => { const began = performance.now(); await ${fetchAll}; return performance.now() - began })()`,
  )
  await window.close()
  return { usable, files }
}

async function emptyCache(context: BrowserContext, page: Page): Promise<void> {
  const devtools = await context.newCDPSession(page)
  await devtools.send('Network.clearBrowserCache')
  await devtools.detach()
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0
}
