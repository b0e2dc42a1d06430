import { request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { loadCatalog } from '../../src/catalog/load.js'
import { startApi } from '../support/api/api.js'
import { fakeRegistrations } from '../support/api/fake-use-cases.js'

const catalog = await loadCatalog(undefined)

describe('closing the server', () => {
  /** A server that listens, and a use case that ends only when it is let go. */
  async function heldUp(drainMs: number) {
    const started = gate<void>()
    const letGo = gate<null>()
    const registrations = {
      ...fakeRegistrations(catalog),
      current: () => {
        started.open()
        return letGo.opened
      },
    }
    const own = await startApi({ registrations, drainMs })
    await own.app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = own.app.server.address() as AddressInfo
    const token = await own.authority.sign()
    const answer = postGraphql(port, token).catch((error: Error) => error)
    await started.opened
    return { own, port, token, answer, letGo }
  }

  test('closing the server lets a running request end and accepts no new ones', async () => {
    const { own, port, token, answer, letGo } = await heldUp(30_000)
    const closed = own[Symbol.asyncDispose]()
    await expect.poll(() => own.app.server.listening).toBe(false)
    await expect(postGraphql(port, token)).rejects.toThrow(/ECONNREFUSED/)
    letGo.open(null)
    expect(await answer).toEqual({ status: 200, body: '{"data":{"dataExport":null}}\n' })
    await closed
  })

  test('closing the server cuts off requests that do not end in time', async () => {
    const { own, answer, letGo } = await heldUp(200)
    await own[Symbol.asyncDispose]()
    expect(await answer).toBeInstanceOf(Error)
    letGo.open(null)
  })
})

/** A promise and what settles it. */
function gate<T>(): { opened: Promise<T>; open: (value: T) => void } {
  let open: (value: T) => void = () => {}
  const opened = new Promise<T>((resolve) => {
    open = resolve
  })
  return { opened, open }
}

function postGraphql(port: number, token: string): Promise<{ status: number | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      {
        port,
        host: '127.0.0.1',
        path: '/graphql',
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      },
      (response) => {
        let body = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => (body += chunk))
        response.on('end', () => resolve({ status: response.statusCode, body }))
      },
    )
    request.on('error', reject)
    request.end(JSON.stringify({ query: '{ dataExport { version } }' }))
  })
}
