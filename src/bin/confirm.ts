import { createInterface } from 'node:readline/promises'

/**
 * Whether to go on with something that can't be undone: yes with `--yes`, or if a person at the terminal types the tenant's
 * id. Else the exit code is 2, and a line says why.
 */
export async function confirmed(what: string, tenantId: string, { yes = false }: { yes?: boolean }): Promise<boolean> {
  if (yes || (await isTyped(what, tenantId))) return true
  process.exitCode = 2
  console.error(process.stdin.isTTY ? 'Nothing was removed.' : `${what} Nothing was removed. Add --yes to do it.`)
  return false
}

async function isTyped(what: string, tenantId: string): Promise<boolean> {
  if (!process.stdin.isTTY) return false
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return (await terminal.question(`${what}\nType ${tenantId} to go on: `)).trim() === tenantId
  } finally {
    terminal.close()
  }
}
