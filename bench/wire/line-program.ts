/** A proxy to a server, as a separate process, that delays everything by a number of milliseconds each way. */
import { startTcpProxy } from '../../test/support/tcp-proxy.js'

const [port, delayMs] = process.argv.slice(2).map(Number)
if (port === undefined || delayMs === undefined) throw new Error('usage: line-program <port> <ms>')
const proxy = await startTcpProxy({ host: '127.0.0.1', port })
proxy.delay(delayMs)
process.stdout.write(`${proxy.port}\n`)
