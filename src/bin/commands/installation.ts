import type { Command } from 'commander'
import type { Admin } from '../../compose/admin.js'
import { isConfirmed, withYes } from '../confirm.js'
import { exitCodes } from '../exit-codes.js'
import { type JsonOption, show, withJson } from '../output.js'
import { openAdmin } from './open-admin.js'

type Options = JsonOption & { readonly yes?: true }

/** Adds `installation show`, `renew` and `adopt`. */
export function addInstallation(commands: Command, stop: AbortSignal): void {
  const group = commands
    .command('installation')
    .description('the id that schedules in Temporal and the SFTP server carry')
    .helpCommand(false)
  withJson(group.command('show'))
    .description('print the id of this database, and what in Temporal carries another one')
    .action(showInstallation)
  withJson(withYes(group.command('renew')))
    .description('give this database an id of its own, if it is the copy of another installation')
    .action(async (options: Options, command: Command) => {
      const what = 'Schedules in Temporal that carry the present id will count as those of another installation'
      if (await isConfirmed({ what, word: 'renew', ...options }, command, stop)) await renew(options)
    })
  withJson(withYes(group.command('adopt')))
    .description('take over the task queue, and the schedules of tenants that are registered here')
    .action(async (options: Options, command: Command) => {
      const what = 'The installation that has the task queue now will refuse to start'
      if (await isConfirmed({ what, word: 'adopt', ...options }, command, stop)) await adopt(options)
    })
}

async function showInstallation(options: JsonOption): Promise<void> {
  await using admin: Admin = await openAdmin()
  show(options, await admin.installations.show(), ({ id, taskQueueOf, foreign }) => {
    console.log(`Installation    ${id}`)
    console.log(`The task queue  ${taskQueueOf === id ? 'belongs to it' : (taskQueueOf ?? 'has no mark')}`)
    for (const { tenantId, installation } of foreign) {
      console.log(`The schedule of ${tenantId} ${installation === null ? 'has no mark' : `belongs to ${installation}`}`)
    }
  })
}

async function renew(options: JsonOption): Promise<void> {
  await using admin: Admin = await openAdmin()
  show(options, await admin.installations.renew(), ({ id, alive }) => {
    if (id !== null) return console.log(`This database is installation ${id} now.`)
    console.error(`Nothing was changed: ${alive} processes of this database are alive. Stop them first.`)
    process.exitCode = exitCodes.REFUSED.code
  })
}

async function adopt(options: JsonOption): Promise<void> {
  await using admin: Admin = await openAdmin()
  show(options, await admin.installations.adopt(), ({ id, adopted, left }) => {
    console.log(`The task queue belongs to installation ${id} now. Schedules taken over: ${adopted.length}.`)
    if (left.length > 0) console.log(`Left, because these tenants have no registration here: ${left.join(', ')}.`)
  })
}
