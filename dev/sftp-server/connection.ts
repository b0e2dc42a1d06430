import type { Socket } from 'node:net'
import type { AuthContext, Connection } from 'ssh2'
import type { AccountView } from './account-view.js'
import { viewFor } from './account-view.js'
import { checkLogin, type Directory, type LoggedIn, loginMethods } from './accounts.js'
import type { OpenFile } from './open-handles.js'
import { serveSftp } from './session.js'

/** The same as OpenSSH's MaxAuthTries. */
const maxFailedLogins = 6
const maxChannels = 32

export interface ConnectionOptions {
  /** The real path of the folder that is served. */
  readonly root: string
  readonly directory: Directory
  /** Called once, when the client has logged in. Returns what to call with each file that the client has read and closed. */
  readonly onLogin: (login: LoggedIn) => ((file: OpenFile) => void) | undefined
}

/**
 * Serves one client: login, then SFTP. ssh2 refuses every request without a listener: shells, commands, terminals,
 * environment variables, agents and port forwarding.
 * @param onSession is called for each SFTP channel, with a promise that resolves when the channel has ended
 */
export function serveConnection(
  client: Connection,
  socket: Socket,
  options: ConnectionOptions,
  onSession: (ended: Promise<void>) => void,
): void {
  let view: AccountView | undefined
  let loggedIn: LoggedIn | undefined
  let onClosed: ((file: OpenFile) => void) | undefined
  let failedLogins = 0
  let channels = 0

  const refuse = (login: AuthContext): void => {
    // Clients try `none` first, to learn the methods.
    if (login.method !== 'none') failedLogins += 1
    login.reject(loginMethods)
    if (failedLogins >= maxFailedLogins) client.end()
  }
  const answer = async (login: AuthContext): Promise<void> => {
    loggedIn = await checkLogin(login, options.directory)
    if (!loggedIn) return refuse(login)
    view = viewFor(loggedIn.access, options.root)
    login.accept()
  }
  // ssh2 passes one attempt at a time: it waits for the answer before it reads the next one.
  client.on('authentication', (login) => {
    // An unreadable key list, a malformed key or an impossible tenant id never lets a client in.
    answer(login).catch(() => refuse(login))
  })
  client.on('ready', () => {
    if (loggedIn) onClosed = options.onLogin(loggedIn)
  })
  client.on('session', (acceptChannel, rejectChannel) => {
    const forAccount = view
    if (!forAccount || channels >= maxChannels) return rejectChannel()
    channels += 1
    const channel = acceptChannel()
    channel.on('close', () => (channels -= 1))
    channel.on('error', () => socket.destroy())
    channel.on('sftp', (acceptSftp) => onSession(serveSftp(acceptSftp(), forAccount, socket, onClosed)))
  })
}
