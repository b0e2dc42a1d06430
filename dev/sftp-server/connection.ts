import type { Socket } from 'node:net'
import type { AuthContext, Connection } from 'ssh2'
import type { AccountView } from './account-view.js'
import { viewFor } from './account-view.js'
import { checkLogin, type Directory, type LoggedIn, loginMethods } from './accounts.js'
import { serveSftp } from './session.js'

/** As OpenSSH's MaxAuthTries. */
const mostFailedLogins = 6
const mostChannels = 32

export interface ConnectionOptions {
  /** The real path of the folder that is served. */
  readonly root: string
  readonly directory: Directory
  /** Is told of the login, once. */
  readonly onLogin: (login: LoggedIn) => void
}

/**
 * Serves one client: login, then SFTP and nothing else. ssh2 refuses by itself what nobody listens for, and that is
 * every shell, command, terminal, environment variable, agent and port forwarding.
 * @param onSession is told of each SFTP channel, with what resolves when it has ended
 */
export function serveConnection(
  client: Connection,
  socket: Socket,
  options: ConnectionOptions,
  onSession: (ended: Promise<void>) => void,
): void {
  let view: AccountView | undefined
  let loggedIn: LoggedIn | undefined
  let failedLogins = 0
  let channels = 0

  const refuse = (login: AuthContext): void => {
    // Clients ask with `none` first, to learn the methods.
    if (login.method !== 'none') failedLogins += 1
    login.reject(loginMethods)
    if (failedLogins >= mostFailedLogins) client.end()
  }
  const answer = async (login: AuthContext): Promise<void> => {
    loggedIn = await checkLogin(login, options.directory)
    if (!loggedIn) return refuse(login)
    view = viewFor(loggedIn.access, options.root)
    login.accept()
  }
  // One at a time: ssh2 holds back what a client sends before it has its answer.
  client.on('authentication', (login) => {
    // A list that can't be had, a key of a strange form, an impossible tenant id: nobody gets in by that.
    answer(login).catch(() => refuse(login))
  })
  client.on('ready', () => loggedIn && options.onLogin(loggedIn))
  client.on('session', (acceptChannel, rejectChannel) => {
    const forAccount = view
    if (!forAccount || channels >= mostChannels) return rejectChannel()
    channels += 1
    const channel = acceptChannel()
    channel.on('close', () => (channels -= 1))
    channel.on('error', () => socket.destroy())
    channel.on('sftp', (acceptSftp) => onSession(serveSftp(acceptSftp(), forAccount, socket)))
  })
}
