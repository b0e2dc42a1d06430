import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryFolder } from './support/local-parts.js'
import { freePort, isFree, rememberedPort } from '../../dev/machine/ports.js'

/** A port that somebody listens on until the test is over. */
async function takenPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

test('the preferred port is taken the first time, and remembered', async () => {
  const file = join(await temporaryFolder(), 'port')
  const [preferred, other] = [await freePort(), await freePort()]
  expect(await rememberedPort(file, { preferred })).toBe(preferred)
  expect(await rememberedPort(file, { preferred: other })).toBe(preferred)
})

test('another port replaces a remembered port that is in use', async () => {
  const file = join(await temporaryFolder(), 'port')
  const taken = await takenPort()
  await expect(rememberedPort(file, { wanted: taken })).rejects.toThrow(`port ${taken}`)
  const chosen = await rememberedPort(file, { preferred: taken })
  expect(chosen).not.toBe(taken)
  expect(await isFree(chosen)).toBe(true)
  expect(await rememberedPort(file, {})).toBe(chosen)
})

test('a port that the user chose takes precedence over the remembered one', async () => {
  const file = join(await temporaryFolder(), 'port')
  await rememberedPort(file, {})
  const wanted = await freePort()
  expect(await rememberedPort(file, { wanted })).toBe(wanted)
})

test('ports that are chosen at the same time differ', async () => {
  const ports = await Promise.all(Array.from({ length: 50 }, () => freePort()))
  expect(new Set(ports).size).toBe(50)
})
