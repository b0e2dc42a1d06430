import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** What one side of an SSH connection offers, in its order (RFC 4253, section 7.1). */
export interface Offer {
  readonly kex: readonly string[]
  readonly hostKeys: readonly string[]
  readonly ciphers: readonly string[]
  readonly macs: readonly string[]
  readonly compression: readonly string[]
}

const ours = 'SSH-2.0-tidemark-test\r\n'

/** What a server offers. */
export async function offerOfServer(server: { readonly host: string; readonly port: number }): Promise<Offer> {
  const socket = connect(server)
  await once(socket, 'connect')
  return offerFrom(socket)
}

/** What a client offers that connects to the port which `start` is given. */
export async function offerOfClient(start: (port: number) => void): Promise<Offer> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  start((server.address() as AddressInfo).port)
  const [socket] = (await once(server, 'connection')) as [Socket]
  try {
    return await offerFrom(socket)
  } finally {
    server.close()
  }
}

async function offerFrom(socket: Socket): Promise<Offer> {
  socket.on('error', () => undefined).write(ours)
  try {
    let received = Buffer.alloc(0)
    for await (const chunk of socket) {
      received = Buffer.concat([received, chunk as Buffer])
      const offer = readOffer(received)
      if (offer) return offer
    }
    throw new Error(`The other side ended without an offer: ${received.toString('latin1')}`)
  } finally {
    socket.destroy()
  }
}

function readOffer(received: Buffer): Offer | undefined {
  const packet = received.subarray(received.indexOf('\r\n') + 2)
  if (received.indexOf('\r\n') < 0 || packet.length < 6 || packet.length < 4 + packet.readUInt32BE(0)) return undefined
  const kexinit = 20
  if (packet[5] !== kexinit) throw new Error(`The first packet is no offer, but of type ${packet[5]}`)
  const lists: string[][] = []
  for (let at = 6 + 16; lists.length < 8;) {
    const length = packet.readUInt32BE(at)
    lists.push(packet.toString('latin1', at + 4, at + 4 + length).split(','))
    at += 4 + length
  }
  const [kex = [], hostKeys = [], ciphers = [], ciphersBack = [], macs = [], macsBack = [], compression = []] = lists
  if (String(ciphers) !== String(ciphersBack) || String(macs) !== String(macsBack)) {
    throw new Error('Other algorithms one way than the other')
  }
  return { kex, hostKeys, ciphers, macs, compression }
}
