import type { Command } from 'commander'
import { count, type JsonOption, show, time, withJson } from '../output.js'
import { printTable } from '../print-table.js'
import { openAdmin } from './open-admin.js'
import { limit } from './words.js'

interface EventsOptions extends JsonOption {
  readonly after?: string
  readonly limit: number
}

/** Adds `events`, which shows what happened for a tenant. */
export function addEvents(commands: Command): void {
  withJson(commands.command('events'))
    .description("show a tenant's last events, or those after one of them, oldest first")
    .argument('<tenant>', 'the tenant id')
    .option('--after <number>', 'only events after the one with this number, from the first one on')
    .option('--limit <number>', 'at most this many, 1 to 100', limit, 20)
    .action(async (tenant: string, options: EventsOptions) => {
      await using admin = await openAdmin()
      const { after, limit: most } = options
      const page = after === undefined ? { last: most } : { after, first: most }
      const { edges, missed } = await admin.eventFeed.page(admin.actorFor(tenant), page)
      const events = edges.map(({ node }) => node)
      show(options, events, () =>
        printTable(
          ['number', 'at', 'type', 'details'],
          events.map(({ number, at, type, data }) => [count(number), time(at), type, shortened(JSON.stringify(data))]),
        ),
      )
      if (missed > 0) console.error(`${count(missed)} events after ${after} were removed: their time was over.`)
    })
}

/** `--json` prints all of it. */
function shortened(text: string): string {
  return text.length > 100 ? `${text.slice(0, 99)}…` : text
}
