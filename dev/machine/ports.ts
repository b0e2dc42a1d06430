import { once } from 'node:events'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import type { Report } from './report.js'
import { StartError } from './start-error.js'

export interface PortWish {
  /** The port that it must be: taken by somebody else, it is an error. */
  readonly wanted?: number | undefined
  /** The port that it should be the first time. */
  readonly preferred?: number | undefined
  /** Hears that the port that was expected is taken, and which one is used in its place. */
  readonly onMoved?: ((expected: number, port: number) => void) | undefined
}

/** The error for a port that must be this one and can't. */
export function portTaken(port: number): StartError {
  return new StartError(`port ${port} on 127.0.0.1 is taken or not allowed. Choose another one.`)
}

/** Tells a person of a moved port, in one line. */
export function tellMoved(part: string, report: Report): PortWish['onMoved'] {
  return (expected, port) => report(`${part}: port ${expected} is taken, so it is port ${port} from now on`)
}

/**
 * A free port on 127.0.0.1: the wanted one, else the one that the file remembers, else the preferred one, else any.
 * The choice is remembered in the file, so that addresses stay the same from start to start.
 */
export async function rememberedPort(file: string, wish: PortWish): Promise<number> {
  const expected = (await readPort(file)) ?? wish.preferred
  const port = wish.wanted ?? (await freePort([expected, wish.preferred]))
  if (wish.wanted !== undefined && !(await isFree(wish.wanted))) throw portTaken(wish.wanted)
  if (wish.wanted === undefined && expected !== undefined && port !== expected) wish.onMoved?.(expected, port)
  await writeFile(`${file}.new`, `${port}\n`, { mode: 0o600 })
  await rename(`${file}.new`, file)
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

/** Ports that were handed out as any port: none is handed out twice, as its taker may not listen yet. */
const handedOut = new Set<number>()

async function anyPort(): Promise<number> {
  for (;;) {
    const port = await listenOnce(0)
    if (handedOut.has(port)) continue
    handedOut.add(port)
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
