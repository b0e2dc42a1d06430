import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { writePrivateFile } from './private-files.js'
import type { Report } from './report.js'
import { StartError } from './start-error.js'

/*
 * get-port is not used: it locks each port that it returns for 15 to 30 seconds, and a server that restarts in this
 * process would lose the port that it had.
 */

export interface PortWish {
  /** The required port. If another process has it, that is an error. */
  readonly wanted?: number | undefined
  /** The port to use the first time, if it is free. */
  readonly preferred?: number | undefined
  /** Called when the expected port is taken and another one is used. */
  readonly onMoved?: ((expected: number, port: number) => void) | undefined
}

/** The error for a required port that can't be used. */
export function portTaken(port: number): StartError {
  return new StartError(`The port ${port} on 127.0.0.1 is taken or not allowed. Choose another one.`)
}

/** Reports that a component uses another port. */
export function reportMoved(component: string, report: Report): PortWish['onMoved'] {
  return (expected, port) => report(`${component}: port ${expected} is taken; using port ${port} from now on`)
}

/**
 * A free port on 127.0.0.1: the wanted one, else the one in the file, else the preferred one, else any.
 * The choice is written to the file, so that addresses stay the same at the next start.
 */
export async function rememberedPort(file: string, wish: PortWish): Promise<number> {
  const expected = (await readPort(file)) ?? wish.preferred
  const port = wish.wanted ?? (await freePort([expected, wish.preferred]))
  if (wish.wanted !== undefined && !(await isFree(wish.wanted))) throw portTaken(wish.wanted)
  if (wish.wanted === undefined && expected !== undefined && port !== expected) wish.onMoved?.(expected, port)
  await writePrivateFile(file, `${port}\n`)
  return port
}

/** The first of the wishes that is free on 127.0.0.1, else any free port. */
export async function freePort(wishes: readonly (number | undefined)[] = []): Promise<number> {
  for (const wish of wishes) {
    if (wish !== undefined && (await isFree(wish))) return wish
  }
  return anyPort()
}

/** Whether a server could listen there now. */
export async function isFree(port: number): Promise<boolean> {
  return listenOnce(port).then(
    () => true,
    () => false,
  )
}

/** The free ports that were returned. None is returned twice, since its user may not listen yet. */
const returned = new Set<number>()

async function anyPort(): Promise<number> {
  for (;;) {
    const port = await listenOnce(0)
    if (returned.has(port)) continue
    returned.add(port)
    return port
  }
}

async function listenOnce(port: number): Promise<number> {
  const server = createServer()
  server.listen({ host: '127.0.0.1', port, exclusive: true })
  await once(server, 'listening')
  const address = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return address.port
}

async function readPort(file: string): Promise<number | undefined> {
  const port = Number(await readFile(file, 'utf8').catch(() => 'none'))
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined
}
