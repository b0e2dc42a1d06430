import { execFile } from 'node:child_process'
import type { LookupAddress } from 'node:dns'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer as createHttp, type RequestListener, type Server } from 'node:http'
import { createServer as createHttps } from 'node:https'
import { type AddressInfo, createServer as createTcp } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createWebhookSender, type WebhookSenderOptions } from '../../src/webhooks/sender.js'
import { commandAvailable } from '../support/programs/command-available.js'

const run = promisify(execFile)
const openssl = await commandAvailable('openssl', 'webhooks over TLS')

type Lookup = NonNullable<WebhookSenderOptions['lookup']>

/** Answers each question with the next list of addresses, and with the last one from then on. */
function resolving(...answers: readonly (readonly string[])[]): Lookup & { asked: number } {
  const lookup = Object.assign(
    (_: string, __: unknown, callback: (error: null, found: LookupAddress[]) => void) => {
      const addresses = answers[Math.min(lookup.asked, answers.length - 1)] ?? []
      lookup.asked += 1
      callback(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      )
    },
    { asked: 0 },
  )
  return lookup as unknown as Lookup & { asked: number }
}

let folder: string
let ca: string
const servers: Server[] = []
let connections = 0

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-webhook-tls-'))
  if (!openssl) return
  const at = (name: string) => join(folder, name)
  const names = ['-subj', '/CN=hooks.example.net', '-addext', 'subjectAltName=DNS:hooks.example.net', '-days', '2']
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  await run('openssl', ['req', '-x509', ...kind, ...names, '-keyout', at('key.pem'), '-out', at('crt.pem')])
  ca = await readFile(at('crt.pem'), 'utf8')
})
afterAll(async () => {
  for (const server of servers) {
    server.closeAllConnections()
    server.close()
  }
  await rm(folder, { recursive: true })
})

async function serve(listener: RequestListener, tls = false): Promise<number> {
  const server = tls
    ? createHttps({ key: await readFile(join(folder, 'key.pem')), cert: ca }, listener)
    : createHttp(listener)
  server.on('connection', () => (connections += 1))
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

const send = (url: string, options: Partial<WebhookSenderOptions> = {}) =>
  createWebhookSender({ allowPrivate: true, ...options }).send({
    url,
    body: '{"a":1}',
    headers: { 'webhook-id': 'e-1' },
  })

describe('answers of endpoints', () => {
  test('a message arrives with its body and its headers, and a status code from 200 to 299 is a success', async () => {
    const received: unknown[] = []
    const port = await serve((request, response) => {
      request.setEncoding('utf8').on('data', (text) => {
        received.push([
          request.method,
          request.url,
          request.headers['webhook-id'],
          request.headers['content-type'],
          text,
        ])
        response.writeHead(202).end('thanks')
      })
    })
    expect(await send(`http://127.0.0.1:${port}/hook?x=1`)).toEqual({ statusCode: 202, text: 'thanks' })
    expect(received).toEqual([['POST', '/hook?x=1', 'e-1', 'application/json', '{"a":1}']])
  })

  test.each([
    [500, 'REJECTED'],
    [404, 'REJECTED'],
    [410, 'GONE'],
    [301, 'REDIRECTED'],
    [307, 'REDIRECTED'],
  ])('the status code %i is the failure %s, and no part of its answer is passed on', async (status, failure) => {
    const port = await serve((_, response) => response.writeHead(status, { location: '/other' }).end('internal text'))
    expect(await send(`http://127.0.0.1:${port}/`)).toEqual({ failure, statusCode: status, text: '' })
  })

  test('a redirect is not followed, wherever it leads', async () => {
    const visited: (string | undefined)[] = []
    const port = await serve((request, response) => {
      visited.push(request.url)
      response.writeHead(302, { location: '/second' }).end()
    })
    expect(await send(`http://127.0.0.1:${port}/first`)).toMatchObject({ failure: 'REDIRECTED' })
    expect(visited).toEqual(['/first'])
  })

  test('Retry-After of a failure is passed on', async () => {
    const port = await serve((_, response) => response.writeHead(503, { 'retry-after': '120' }).end())
    expect(await send(`http://127.0.0.1:${port}/`)).toMatchObject({ failure: 'REJECTED', retryAfter: '120' })
  })

  test('an answer of 10 MB is read to 64 KB at most, and its connection is closed', async () => {
    let closed: Promise<unknown> | undefined
    const port = await serve((request, response) => {
      // The connection is reset while it is written to.
      request.socket.on('error', () => undefined)
      closed = new Promise((resolve) => request.socket.on('close', resolve))
      response.writeHead(200)
      response.write(Buffer.alloc(10 * 1024 * 1024, 'x'))
    })
    const { text, statusCode } = await send(`http://127.0.0.1:${port}/`)
    expect([statusCode, text.length]).toEqual([200, 64 * 1024])
    await closed
  })

  test('an endpoint that never answers is a timeout', async () => {
    const port = await serve(() => undefined)
    expect(await send(`http://127.0.0.1:${port}/`)).toEqual({ failure: 'TIMEOUT', statusCode: null, text: '' })
  })

  test('an answer that never ends has its status code', async () => {
    const port = await serve((_, response) => void response.writeHead(200).write('begun'))
    expect(await send(`http://127.0.0.1:${port}/`)).toMatchObject({ statusCode: 200 })
  })

  test('a port without a server, a server without HTTP and a wrong certificate are failures of their own', async () => {
    const port = await serve((_, response) => response.end())
    const noHttp = createTcp((socket) => socket.end('SSH-2.0-OpenSSH_9.9\r\n'))
    noHttp.listen(0, '127.0.0.1')
    await once(noHttp, 'listening')
    const noHttpPort = (noHttp.address() as AddressInfo).port
    expect(await send('http://127.0.0.1:1/')).toMatchObject({ failure: 'CONNECTION_FAILED' })
    expect(await send(`http://127.0.0.1:${noHttpPort}/`)).toMatchObject({ failure: 'CONNECTION_FAILED' })
    expect(await send(`https://127.0.0.1:${port}/`)).toMatchObject({ failure: 'TLS_FAILED' })
    expect(await send('http://no-such-host.invalid/')).toMatchObject({ failure: 'NAME_NOT_RESOLVED' })
    noHttp.close()
  })
})

describe('addresses of endpoints', () => {
  test.each([
    [['127.0.0.1']],
    [['169.254.169.254']],
    [['::ffff:127.0.0.1']],
    [['8.8.8.8', '10.0.0.1']],
    [['2606:4700:4700::1111', '::1']],
  ])('no connection is made if a name resolves to %j', async (addresses) => {
    const port = await serve((_, response) => response.end())
    const before = connections
    const lookup = resolving(addresses)
    const answer = await send(`https://hooks.example.net:${port}/`, { allowPrivate: false, lookup })
    expect(answer).toEqual({ failure: 'ADDRESS_REFUSED', statusCode: null, text: '' })
    expect([lookup.asked, connections]).toEqual([1, before])
  })

  test('an address in the URL is refused as well', async () => {
    for (const host of ['127.0.0.1', '[::1]', '169.254.169.254', '[::ffff:10.0.0.1]']) {
      expect(await send(`https://${host}/`, { allowPrivate: false })).toMatchObject({ failure: 'ADDRESS_REFUSED' })
    }
  })

  test('a name that resolves to a public address first and to a private one then is resolved once', async () => {
    const port = await serve((_, response) => response.end())
    const before = connections
    const lookup = resolving(['2606:4700:4700::dead'], ['127.0.0.1'])
    const answer = await send(`https://hooks.example.net:${port}/`, { allowPrivate: false, lookup })
    expect(answer.failure).toMatch(/^(CONNECTION_FAILED|TIMEOUT)$/)
    expect([lookup.asked, connections]).toEqual([1, before])
  })

  test.runIf(openssl)(
    'the connection goes to the address of the lookup, and the certificate is that of the name',
    async () => {
      const hosts: (string | undefined)[] = []
      const port = await serve((request, response) => {
        hosts.push(request.headers.host)
        response.writeHead(204).end()
      }, true)
      const url = `https://hooks.example.net:${port}/hook`
      expect(await send(url, { ca, lookup: resolving(['127.0.0.1']) })).toEqual({ statusCode: 204, text: '' })
      expect(hosts).toEqual([`hooks.example.net:${port}`])
      expect(await send(url, { lookup: resolving(['127.0.0.1']) })).toMatchObject({ failure: 'TLS_FAILED' })
      const other = `https://other.example.net:${port}/hook`
      expect(await send(other, { ca, lookup: resolving(['127.0.0.1']) })).toMatchObject({ failure: 'TLS_FAILED' })
    },
  )
})
