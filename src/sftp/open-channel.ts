import type { SFTPWrapper } from 'ssh2'
import type SftpClient from 'ssh2-sftp-client'
import type { Answer } from './connection.js'
import { status } from './errors.js'

/** What ssh2 itself sends when it opens a channel. */
const ourWindowBytes = 2 * 1024 * 1024
const ourPacketBytes = 32 * 1024

/** Parts of ssh2 that its types lack (docs/reference/internals.md). */
interface Ssh {
  readonly _chanMgr: { add(opened: Opened): number }
  readonly _protocol: {
    session(id: number, windowBytes: number, packetBytes: number): void
    subsystem(id: number, name: string, wantsReply: boolean): void
  }
}
interface Opened {
  (error: Error | undefined, channel: Channel): void
  type: 'sftp'
}
type Channel = SFTPWrapper & {
  readonly outgoing: { readonly id: number }
  readonly _callbacks: ((isRefused: boolean) => void)[]
  _requests: Record<string, { cb?: Answer<never> }>
  _maxWriteLen: number
  _init(): void
}

/**
 * Opens one more channel for SFTP, after one round trip. ssh2's own method takes four, because it waits for each answer: to
 * the channel, the subsystem, the version and the limits. Here the requests after the first one are sent at once. If the
 * server refuses the channel, `answer` gets the status; if it refuses SFTP on it, each request on the channel does.
 * @param like a channel of the same server, which has reported its limits.
 */
export function openChannel(client: SftpClient, like: SFTPWrapper, answer: Answer<SFTPWrapper>): void {
  const { client: ssh } = client as unknown as { client: Ssh }
  const opened = (error: Error | undefined, channel: Channel) => {
    if (error) return answer(refusal(error.message))
    channel._callbacks.push((isRefused) => isRefused && refuseRequests(channel))
    ssh._protocol.subsystem(channel.outgoing.id, 'sftp', true)
    channel._maxWriteLen = (like as Channel)._maxWriteLen
    channel._init()
    answer(null, channel)
  }
  const id = ssh._chanMgr.add(Object.assign(opened, { type: 'sftp' as const }))
  ssh._protocol.session(id, ourWindowBytes, ourPacketBytes)
}

function refuseRequests(channel: Channel): void {
  const requests = Object.values(channel._requests)
  channel._requests = {}
  for (const { cb } of requests) cb?.(refusal('the server refused SFTP on a further channel'))
}

const refusal = (message: string) => Object.assign(new Error(message), { code: status.failure })
