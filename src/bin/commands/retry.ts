import type { Command } from 'commander'
import type { Admin } from '../../compose/admin.js'
import { exitCodes } from '../exit-codes.js'
import { show, valueOf } from '../output.js'
import { printTable } from '../print-table.js'
import { follow, type WaitOptions } from './follow.js'
import { openAdmin } from './open-admin.js'

export interface RetryOptions extends WaitOptions {
  readonly failed?: true
  readonly since?: Date
  readonly code?: string
}

type Lines = Awaited<ReturnType<Admin['runs']['retryFailed']>>['lines']
type Code = Admin['errorCodes'][number]

/** Retries one run, the last run of one tenant, or the last runs of all tenants that failed. */
export async function retry(
  tenant: string | undefined,
  run: string | undefined,
  options: RetryOptions,
  { command, stop }: { readonly command: Command; readonly stop: AbortSignal },
): Promise<void> {
  const isForAll = options.failed || options.since !== undefined || options.code !== undefined
  if (isForAll === (tenant !== undefined)) {
    return command.error('error: name a tenant, or give --failed for all tenants.')
  }
  await using admin = await openAdmin()
  const code = admin.errorCodes.find((known) => known === options.code)
  if (options.code !== undefined && !code) return command.error(`error: there is no code ${options.code}.`)
  if (tenant === undefined) return await retryAll(admin, { ...options, code }, stop)
  const id = run ?? (await lastRun(admin, tenant))
  await follow(admin, valueOf(await admin.runs.retry(admin.actorFor(tenant), id)), options, stop)
}

/** The id of the tenant's last run; without any run an id that no run has, so that the use case says so. */
async function lastRun(admin: Admin, tenant: string): Promise<string> {
  const { edges } = await admin.runs.page(admin.actorFor(tenant), { first: 1 })
  return edges[0]?.node.id ?? ''
}

async function retryAll(
  admin: Admin,
  { since, code, ...options }: Omit<RetryOptions, 'code'> & { readonly code: Code | undefined },
  stop: AbortSignal,
): Promise<void> {
  const lines: Lines[number][] = []
  let after: string | null = ''
  while (after !== null && !stop.aborted) {
    const { lines: some, next } = await admin.runs.retryFailed(admin.operator, {
      since,
      code,
      after,
    })
    lines.push(...some)
    after = next
    if (after !== null) console.error(`${lines.length} tenants so far`)
  }
  show(options, lines, printLines)
  if (lines.some((line) => line.run === null)) process.exitCode = exitCodes.REFUSED.code
}

function printLines(lines: Lines): void {
  if (lines.length > 0) {
    printTable(
      ['tenant', 'failed run', 'new run', 'why not'],
      lines.map(({ tenantId, failedRun, run, userErrors }) => [
        tenantId,
        failedRun?.id ?? '-',
        run?.id ?? '-',
        userErrors.map(({ message }) => message).join(' '),
      ]),
    )
  }
  console.log(`Tenants: ${lines.length}. Runs started: ${lines.filter(({ run }) => run !== null).length}.`)
}
