import { connect, type Socket } from 'node:net'
import ssh2, { type ClientChannel, type SFTPWrapper } from 'ssh2'
import { closeOf } from '../../support/close-of.js'
import { connectSsh, type Login, openRawSftp, packet, packetsOf, uint32 } from '../../support/sftp/sftp-clients.js'

/** What a server answers to an attempt: the message of its refusal, or what came of it. */
export async function answerTo(attempt: () => Promise<unknown>): Promise<string> {
  try {
    return `done: ${String(await attempt()).slice(0, 60)}`
  } catch (error) {
    return (error as Error).message
  }
}

/** Runs something over a connection of its own. */
export async function withSsh<T>(login: Login, use: (ssh: ssh2.Client) => Promise<T>): Promise<T> {
  const ssh = await connectSsh(login)
  // A server may end the connection for what is tried on it.
  ssh.on('error', () => undefined)
  try {
    return await use(ssh)
  } finally {
    ssh.end()
  }
}

/** Raw SFTP operations, with ssh2's callbacks as promises. */
export async function withSftp<T>(
  login: Login,
  use: (
    ask: <A>(request: (sftp: SFTPWrapper, done: (error?: Error | null, value?: A) => void) => void) => Promise<A>,
  ) => Promise<T>,
): Promise<T> {
  return withSsh(login, async (ssh) => {
    const sftp = await new Promise<SFTPWrapper>((resolve, reject) =>
      ssh.sftp((error, opened) => (error ? reject(error) : resolve(opened))),
    )
    return use(
      (request) =>
        new Promise((resolve, reject) =>
          request(sftp, (error, value) => (error ? reject(error) : resolve(value as never))),
        ),
    )
  })
}

/** What a channel says until it ends, or has said nothing more for a while after it was given some input. */
export async function outputOf(
  open: (done: (error: Error | undefined, channel: ClientChannel) => void) => void,
): Promise<string> {
  const channel = await new Promise<ClientChannel>((resolve, reject) =>
    open((error, opened) => (error ? reject(error) : resolve(opened))),
  )
  let output = ''
  channel.on('data', (data: Buffer) => (output += data.toString('latin1')))
  channel.stderr.on('data', (data: Buffer) => (output += data.toString('latin1')))
  const closed = closeOf(channel)
  channel.end('echo pwned-$((1+1))\n')
  await closed
  return output
}

/** Opens many connections that say nothing. Gives how many the server holds on to once it has answered all. */
export async function flood(
  server: { host: string; port: number },
  count: number,
): Promise<{ held: () => number; end: () => Promise<void> }> {
  const sockets: Socket[] = []
  // No more at once than wait to be accepted: the system lets others come again after seconds.
  while (sockets.length < count) {
    sockets.push(
      ...(await Promise.all(Array.from({ length: Math.min(50, count - sockets.length) }, () => knock(server)))),
    )
  }
  const open = (socket: Socket) => !socket.destroyed && !socket.readableEnded
  return {
    held: () => sockets.filter(open).length,
    end: async () => {
      await Promise.all(
        sockets
          .filter((socket) => !socket.closed)
          .map(async (socket) => {
            const closed = closeOf(socket)
            socket.destroy()
            await closed
          }),
      )
    },
  }
}

/** A client that asks for far more of a file than it takes: nothing at all. `end` lets it go. */
export async function neverRead(
  login: Login,
  file: string,
  megabytes: number,
): Promise<{ closed: Promise<void>; end: () => void }> {
  const ssh = await connectSsh(login)
  ssh.on('error', () => undefined)
  const closed = closeOf(ssh)
  const channel = await openRawSftp(ssh)
  channel.on('error', () => undefined)
  channel.write(Buffer.concat([uint32(5), Buffer.of(1), uint32(3), packet(3, 7, file, 1, 0)]))
  const handle = await handleIn(channel)
  const reads = Array.from({ length: megabytes * 4 }, (_, index) => packet(5, index, handle, 0, 0, 255 * 1024))
  channel.write(Buffer.concat(reads))
  return { closed, end: () => void ssh.destroy() }
}

/** The handle in the answer to an OPEN. Nothing more is read from the channel after it. */
async function handleIn(channel: ClientChannel): Promise<Buffer> {
  let received = Buffer.alloc(0)
  // Two answers may come in one read: listening for one `data` event after the other would miss the second.
  for await (const data of channel.iterator({ destroyOnReturn: false })) {
    received = Buffer.concat([received, data as Buffer])
    const answer = packetsOf(received).find(([type]) => type === 102)
    if (answer) return answer.subarray(9, 9 + answer.readUInt32BE(5))
  }
  throw new Error('The channel ended without a handle')
}

/** An agent without a key, to be forwarded. */
export class EmptyAgent extends ssh2.BaseAgent {
  override getIdentities(callback: (error: Error | undefined, keys: string[]) => void): void {
    callback(undefined, [])
  }

  override sign(...args: unknown[]): void {
    const callback = args.at(-1) as ssh2.SignCallback
    callback(new Error('There is no key'))
  }
}

/** Greeted or turned away: either way the server has taken notice. */
async function knock(server: { host: string; port: number }): Promise<Socket> {
  const socket = connect(server).on('error', () => undefined)
  await new Promise<void>((resolve) => void socket.once('data', () => resolve()).once('close', () => resolve()))
  return socket.resume()
}
