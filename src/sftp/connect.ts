import { createHash } from 'node:crypto'
import { connect as connectSocket, type Socket } from 'node:net'
import type { Algorithms, ServerHostKeyAlgorithm } from 'ssh2'
import SftpClient from 'ssh2-sftp-client'
import { ExportError } from '../domain/errors.js'
import { sshFingerprint } from '../domain/ssh-fingerprint.js'
import { readSshStrings } from '../domain/ssh-strings.js'
import { Connection } from './connection.js'
import { connectError, reasonOf, unavailable } from './errors.js'
import type { HostKeyTypes } from './host-key-types.js'
import { openChannel } from './open-channel.js'
import type { SftpLimits, SftpOptions } from './types.js'
import { untilAborted } from '../domain/until-aborted.js'

/**
 * Finds idle connections that died. It is slower than the timeout of operations, because it waits behind up to 2 MB that are
 * under way, and a slow connection is not a dead one.
 */
const keepAlive = { keepaliveInterval: 10_000, keepaliveCountMax: 3 }

/** The most bytes before the login is done: far more than a login takes. A server that sends more is refused. */
const mostBeforeLogin = 1024 * 1024

/**
 * ssh2's default algorithms without SHA-1, which no server of the last ten years needs. Ciphers with hardware support come
 * first. No compression, because it halves the speed at best.
 */
const algorithms: Algorithms = {
  cipher: { prepend: ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com'], append: [], remove: [] },
  hmac: { remove: ['hmac-sha1-etm@openssh.com', 'hmac-sha1'], prepend: [], append: [] },
  compress: ['none'],
}

/** How far an attempt to connect has come. */
export type ConnectStage = 'SPOKEN' | 'HOST_KEY_ACCEPTED' | 'LOGGED_IN'
type OnStage = (stage: ConnectStage) => void

/**
 * Opens a connection, or fails with a typed error, or with the reason of `signal` when it aborts. A server with host keys of
 * several types presents the one that both sides prefer. If that one is not pinned, its keys of other types are requested.
 */
export async function connect(
  options: SftpOptions,
  limits: SftpLimits,
  hostKeyTypes: HostKeyTypes,
  signal: AbortSignal,
  onStage: OnStage = () => {},
): Promise<Connection> {
  let first: unknown
  for (const tried = new Set<string>(); ;) {
    try {
      return await connectOnce(options, limits, hostKeyTypes.toAskFor(tried), signal, onStage)
    } catch (error) {
      const shown = error instanceof HostKeyMismatch ? error.shownType : undefined
      if (shown === undefined || tried.has(shown)) throw first ?? error
      first ??= error
      tried.add(shown)
      hostKeyTypes.avoid(shown)
      if (hostKeyTypes.toAskFor(tried).length === 0) throw first
    }
  }
}

async function connectOnce(
  options: SftpOptions,
  limits: SftpLimits,
  serverHostKey: readonly ServerHostKeyAlgorithm[],
  signal: AbortSignal,
  onStage: OnStage,
): Promise<Connection> {
  const where = `${options.host}:${options.port}`
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(noAnswer(where, limits.connectMs)), limits.connectMs)
  const socket = connectSocket({ host: options.host, port: options.port, noDelay: true, keepAlive: true })
  let connection: Connection | undefined
  let failure: unknown
  const lost = (reason: string) => connection?.fail(reason)
  const client = new SftpClient('tidemark', {
    error: (error) => lost(reasonOf(error)),
    end: () => lost('the server ended the connection'),
    close: () => lost('the connection was closed'),
  })
  // The client's rejections lack the kind of the error.
  client.on('error', (error: unknown) => (failure ??= error))
  client.on('keyboard-interactive', answerWithPassword(options))
  const checkHostKey = (key: Buffer) => {
    onStage('SPOKEN')
    const mismatch = hostKeyMismatch(where, key, options.hostKeyFingerprints)
    failure ??= mismatch
    if (!mismatch) onStage('HOST_KEY_ACCEPTED')
    return mismatch === undefined
  }
  try {
    const connecting = client.connect({
      sock: socket,
      username: options.username,
      ...credentials(options),
      hostVerifier: checkHostKey,
      readyTimeout: limits.connectMs,
      algorithms: { ...algorithms, serverHostKey: [...serverHostKey] },
      ...keepAlive,
    })
    const endlessTalk = failOnEndlessTalk(where, socket)
    const sftp = await untilAborted(connecting, AbortSignal.any([signal, late.signal, endlessTalk.signal]))
    endlessTalk.stop()
    onStage('LOGGED_IN')
    connection = new Connection(
      where,
      sftp,
      socket,
      (answer) => openChannel(client, sftp, answer),
      () => client.end(),
      limits.operationMs,
    )
    return connection
  } catch (error) {
    socket.destroy()
    throw error instanceof ExportError ? error : connectError(where, failure ?? error)
  } finally {
    clearTimeout(timer)
  }
}

/** ssh2 reads text before the greeting without a limit. This adds one. */
function failOnEndlessTalk(where: string, socket: Socket): { signal: AbortSignal; stop(): void } {
  const tooMuch = new AbortController()
  const count = () => {
    if (socket.bytesRead <= mostBeforeLogin) return
    tooMuch.abort(unavailable(`Connecting to ${where}`, `it sent ${socket.bytesRead} bytes and no session`))
  }
  socket.on('data', count)
  return { signal: tooMuch.signal, stop: () => void socket.off('data', count) }
}

/** Has the type of the key that the server presented. */
class HostKeyMismatch extends ExportError {
  constructor(
    readonly shownType: string,
    message: string,
  ) {
    super('SFTP_HOST_KEY_MISMATCH', message)
  }
}

function hostKeyMismatch(where: string, key: Buffer, accepted: readonly string[]): HostKeyMismatch | undefined {
  const shown = sshFingerprint(createHash('sha256').update(key).digest('base64'))
  if (accepted.some((fingerprint) => withoutPadding(fingerprint) === shown)) return undefined
  const type = typeOfKey(key)
  return new HostKeyMismatch(
    type,
    `The SFTP server ${where} presented the ${type} host key ${shown}, which is not pinned. If the change is ` +
      'intended, add it to the setting with the accepted host keys, such as SFTP_HOST_KEY_FINGERPRINT.',
  )
}

const withoutPadding = (base64: string) => base64.replace(/={1,2}$/, '')

/** A public key begins with the name of its type. */
function typeOfKey(key: Buffer): string {
  const [type] = readSshStrings(key) ?? []
  return type ? Buffer.from(type.subarray(0, 64)).toString('latin1') : 'unknown'
}

function credentials({ auth }: SftpOptions): SftpClient.ConnectOptions {
  if (auth.kind === 'password') return { password: auth.password, tryKeyboard: true }
  if (auth.passphrase === undefined) return { privateKey: auth.privateKey }
  return { privateKey: auth.privateKey, passphrase: auth.passphrase }
}

/** Some servers request the password by keyboard-interactive authentication. */
function answerWithPassword({ auth }: SftpOptions) {
  return (_name: string, _text: string, _language: string, prompts: unknown[], answer: (texts: string[]) => void) =>
    answer(prompts.map(() => (auth.kind === 'password' ? auth.password : '')))
}

function noAnswer(where: string, limitMs: number): ExportError {
  return unavailable(`Connecting to ${where}`, `no session within ${limitMs / 1000} s`)
}
