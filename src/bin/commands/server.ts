import type { Command } from 'commander'
import type { Admin } from '../../compose/admin.js'
import { isConfirmed, withYes } from '../confirm.js'
import { type JsonOption, show, valueOf, withJson } from '../output.js'
import { openAdmin } from './open-admin.js'

interface AcceptOptions extends JsonOption {
  readonly fullLoads?: true
  readonly deltas?: true
  readonly copied?: true
  readonly yes?: true
}

type Decision = Parameters<Admin['acceptServer']>[0]
type Accepted = Extract<Awaited<ReturnType<Admin['acceptServer']>>, { ok: true }>['value']

const consequences: Readonly<Record<Decision, string>> = {
  FULL_LOADS:
    'Every file on record counts as removed from the SFTP server, and every next file of all tenants is a full load',
  DELTAS: 'Every file on record counts as removed from the SFTP server, and the next files of all tenants are deltas',
  COPIED: 'The SFTP server counts as the one that the files on record were delivered to',
}

/** Adds the command by which an operator decides about an SFTP server that lacks the files on record. */
export function addServer(commands: Command, stop: AbortSignal): void {
  const server = commands
    .command('server')
    .description('decide about an SFTP server that was replaced')
    .helpCommand(false)
  withJson(withYes(server.command('accept')))
    .description('deliver to the SFTP server of the settings, after SFTP_SERVER_REPLACED; waiting runs then continue')
    .option('--full-loads', 'the files are lost: each next file is a full load')
    .option('--deltas', 'the files are lost: consumers have loaded them, or you redeliver them')
    .option('--copied', 'the files were copied to the server: the newest manifests are compared first')
    .action(async (options: AcceptOptions, command: Command) => {
      const decision = decisionOf(options)
      if (!decision) return command.error('error: give one of --full-loads, --deltas and --copied.')
      const what = consequences[decision]
      if (!(await isConfirmed({ what, word: 'accept', ...options }, command, stop))) return
      await using admin = await openAdmin()
      const accepted = valueOf(await admin.acceptServer(decision, stop))
      if (accepted) show(options, accepted, printAccepted)
    })
}

function decisionOf({ fullLoads, deltas, copied }: AcceptOptions): Decision | undefined {
  const given: Decision[] = [
    ...(fullLoads ? (['FULL_LOADS'] as const) : []),
    ...(deltas ? (['DELTAS'] as const) : []),
    ...(copied ? (['COPIED'] as const) : []),
  ]
  return given.length === 1 ? given[0] : undefined
}

const outcomes: Readonly<Record<Decision, string>> = {
  FULL_LOADS: 'Their next files are full loads. A run that was planned before may deliver a delta first.',
  DELTAS: 'Their next files are deltas. To deliver the lost files again: tidemark redeliver --all --since <time>.',
  COPIED: 'Their files are on the server.',
}

function printAccepted({ decision, tenants, refusedMarks }: Accepted): void {
  console.log(`Accepted the SFTP server for ${tenants.length} tenants. ${outcomes[decision]} Waiting runs continue.`)
  if (refusedMarks.length === 0) return
  console.log(`The server refuses its mark (${refusedMarks.join(', ')}), so its next replacement will not be noticed.`)
}
