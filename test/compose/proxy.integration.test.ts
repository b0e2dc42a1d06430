import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTokenVerifier } from '../../src/auth/token-verifier.js'
import { loadConfig } from '../../src/config/config.js'
import { outboundFetch } from '../../src/compose/outbound-fetch.js'
import { createAlerts } from '../../src/telemetry/alerts.js'
import { createLogger } from '../../src/telemetry/logger.js'
import { startAlertReceiver } from '../support/alert-receiver.js'
import { aNotification } from '../support/incidents.js'
import { attack } from '../support/attacks.js'
import { startTokenAuthority, usualClaims } from '../support/api/token-authority.js'

/** What the proxy was asked to connect to. */
const asked: string[] = []
const proxy = createServer()
let proxyUrl: string
beforeAll(async () => {
  proxy.on('connect', (request, socket, head) => {
    asked.push(request.url ?? '')
    const [host = '', port = ''] = (request.url ?? '').split(':')
    if (host !== '127.0.0.1') return socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n')
    const behind = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      behind.write(head)
      behind.pipe(socket).pipe(behind)
    })
    for (const end of [behind, socket]) end.on('error', () => [behind, socket].forEach((each) => each.destroy()))
    return undefined
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  proxyUrl = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
})
afterAll(() => {
  proxy.closeAllConnections()
  proxy.close()
})

const fetchWith = (environment: Record<string, string>) =>
  outboundFetch(
    loadConfig({
      DATABASE_URL: 'postgresql://tidemark@127.0.0.1/tidemark',
      TEMPORAL_ADDRESS: '127.0.0.1:7233',
      SFTP_HOST: '127.0.0.1',
      SFTP_USERNAME: 'writer',
      SFTP_PASSWORD: 'a-password',
      SFTP_HOST_KEY_FINGERPRINT: `SHA256:${'A'.repeat(43)}`,
      OAUTH_ISSUER: 'https://issuer.example.com',
      ...environment,
    }).proxy,
  )

test('the API fetches keys, and posts alerts, through the proxy', async () => {
  attack({ name: 'HTTP by way of a proxy alone' })
  asked.length = 0
  const fetch = await fetchWith({ HTTP_PROXY: proxyUrl })
  await using authority = await startTokenAuthority()
  const verifier = createTokenVerifier({ issuer: authority.issuer, algorithms: ['ES256'], ...usualClaims }, fetch)
  expect(await verifier.verify(`Bearer ${await authority.sign()}`)).toMatchObject({ tenantId: 'acme' })
  await using receiver = await startAlertReceiver()
  const logger = createLogger({ level: 'silent' })
  const alerts = createAlerts(logger, { webhookUrl: receiver.url, fetch })
  expect(await alerts.post(aNotification())).toBeUndefined()
  expect(receiver.alerts).toMatchObject([{ code: 'SFTP_UNAVAILABLE' }])
  expect(new Set(asked)).toEqual(new Set([new URL(authority.issuer).host, new URL(receiver.url).host]))
})

test('an https:// URL goes through the other proxy, and a host of NO_PROXY through none', async () => {
  asked.length = 0
  await expect((await fetchWith({ https_proxy: proxyUrl }))('https://issuer.example.com/keys')).rejects.toThrow()
  expect(asked).toEqual(['issuer.example.com:443'])
  await using authority = await startTokenAuthority()
  const direct = await (await fetchWith({ HTTP_PROXY: proxyUrl, NO_PROXY: '127.0.0.1,.internal' }))(authority.jwksUrl)
  expect(direct.status).toBe(200)
  expect(asked).toHaveLength(1)
})

test('requests go direct where no proxy is set', async () => {
  expect(await fetchWith({ NO_PROXY: '127.0.0.1' })).toBe(globalThis.fetch)
})
