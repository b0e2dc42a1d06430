import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'
import { noteInput } from './support/inputs.js'

interface Service {
  readonly image: string
  readonly command?: string | readonly string[]
  readonly environment?: Readonly<Record<string, string | number>>
  readonly ports?: readonly string[]
  readonly networks?: readonly string[]
  readonly network_mode?: string
  readonly mem_limit?: string
  readonly pids_limit?: number
  readonly security_opt?: readonly string[]
  readonly cap_drop?: readonly string[]
  readonly logging?: { readonly options?: Readonly<Record<string, string>> }
  readonly healthcheck?: { readonly test?: readonly string[] }
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>
  readonly networks: Readonly<Record<string, { readonly internal?: boolean } | null>>
}

const root = join(import.meta.dirname, '../..')
const text = readFileSync(join(root, 'docker-compose.yml'), 'utf8')
const { services, networks } = parse(text, { merge: true }) as Compose
const servicesThat = (isSo: (service: Service) => boolean) =>
  Object.entries(services).flatMap(([name, service]) => (isSo(service) ? [name] : []))
/** The services in whose environment a variable of .env is. */
const usersOf = (variable: string) =>
  servicesThat(({ environment = {} }) => Object.values(environment).some((value) => String(value).includes(variable)))
const networksOf = (name: string) => services[name]?.networks ?? []

const passwords = [
  'POSTGRES_PASSWORD',
  'POSTGRES_OWNER_PASSWORD',
  'POSTGRES_APP_PASSWORD',
  'SFTP_DATABASE_PASSWORD',
  'TEMPORAL_DATABASE_PASSWORD',
]
/** A service that is off while its password is empty. */
const optionalPasswords = ['SFTP_FETCHES_PASSWORD']

test('docker-compose.yml holds no password and asks for each by its name', () => {
  const used = [...text.matchAll(/\$\{(\w*PASSWORD)([^}]*)\}/g)].map(([, name, rest]) => [name, rest] as const)
  noteInput('docker compose without passwords in .env', [...new Set(used.map(([, rest]) => rest))].join(' '))
  expect(new Set(used.map(([name]) => name))).toEqual(new Set([...passwords, ...optionalPasswords]))
  for (const [name = '', rest] of used) {
    expect({ name, rest }).toEqual({ name, rest: optionalPasswords.includes(name) ? ':-' : ':?set it in .env' })
  }
  for (const [name, { environment = {} }] of Object.entries(services)) {
    for (const [variable, value] of Object.entries(environment)) {
      if (!/PASS|PWD|SECRET/.test(variable)) continue
      expect({ name, variable, value }).toMatchObject({
        value: expect.stringMatching(/^$|^\$\{\w+:(\?set it in \.env|-)\}$/),
      })
    }
  }
})

test('.env.example holds no password, and git ignores .env', () => {
  const example = readFileSync(join(root, '.env.example'), 'utf8')
  for (const name of passwords) expect(example).toContain(`\n${name}=\n`)
  expect(example).not.toMatch(/^[^#]*change-me/m)
  expect(readFileSync(join(root, '.gitignore'), 'utf8').split('\n')).toContain('.env')
})

test('docker-compose.yml puts no password on a command line', () => {
  for (const [name, { command = '' }] of Object.entries(services)) {
    // `$$` leaves the variable to the shell within, whose printf is no process of its own.
    expect(`${name}: ${String(command)}`).not.toMatch(/(?<!\$)\$\{?\w*PASS|-v password/)
  }
})

test('each service gets the password of its own login and no other', () => {
  const found = Object.fromEntries([...passwords, ...optionalPasswords].map((name) => [name, usersOf(`{${name}:`)]))
  noteInput("compose: who has the superuser's password", found['POSTGRES_PASSWORD']?.join(', ') ?? '')
  expect(found).toEqual({
    POSTGRES_PASSWORD: ['postgres', 'postgres-logins'],
    POSTGRES_OWNER_PASSWORD: ['migrate', 'postgres-logins', 'sftp-role'],
    POSTGRES_APP_PASSWORD: ['api', 'worker', 'migrate'],
    SFTP_DATABASE_PASSWORD: ['sftp-role', 'sftp'],
    SFTP_FETCHES_PASSWORD: ['sftp-role', 'sftp'],
    TEMPORAL_DATABASE_PASSWORD: ['postgres-logins', 'temporal-schema', 'temporal'],
  })
  for (const name of ['api', 'worker', 'migrate']) {
    const others = [...passwords, ...optionalPasswords].filter((each) => each !== 'POSTGRES_APP_PASSWORD')
    for (const each of others) expect(services[name]?.environment).toMatchObject({ [each]: '' })
  }
  for (const name of ['api', 'worker']) {
    expect(services[name]?.environment).toMatchObject({ DATABASE_OWNER_URL: '', DATABASE_OWNER_PASSWORD: '' })
  }
})

test('docker compose publishes ports for this machine only, unless an address is set', () => {
  const ports = Object.values(services).flatMap((service) => service.ports ?? [])
  noteInput('compose: the ports that it publishes', ports.join(', '))
  expect(ports).toHaveLength(6)
  for (const port of ports) expect(port).toMatch(/^(127\.0\.0\.1|\$\{\w+:-127\.0\.0\.1\}):/)
})

test('every service has limits of memory and processes and gets no new privileges', () => {
  const without = servicesThat(
    (service) =>
      !/^\d+[mg]$/.test(service.mem_limit ?? '') ||
      !(service.pids_limit !== undefined && service.pids_limit > 0) ||
      !service.security_opt?.includes('no-new-privileges:true'),
  )
  noteInput('compose: services without a limit of memory or processes', without.join(' ') || 'none')
  expect(without).toEqual([])
})

test('services that need no connection to each other share no network', () => {
  const shared = (one: string, other: string) => networksOf(one).filter((name) => networksOf(other).includes(name))
  noteInput('compose: networks that sshd and Temporal share', shared('sftp', 'temporal').join(' ') || 'none')
  for (const [one, other] of [
    ['sftp', 'temporal'],
    ['sftp', 'temporal-ui'],
    ['sftp', 'migrate'],
    ['temporal-ui', 'postgres'],
    ['temporal', 'migrate'],
    ['prometheus', 'postgres'],
    ['prometheus', 'temporal'],
    ['grafana', 'api'],
    ['grafana', 'worker'],
  ] as const) {
    expect({ one, other, shared: shared(one, other) }).toEqual({ one, other, shared: [] })
  }
  for (const [one, other] of [
    ['sftp', 'postgres'],
    ['temporal', 'postgres'],
    ['worker', 'temporal'],
    ['worker', 'sftp'],
    ['worker', 'postgres'],
  ] as const) {
    expect({ one, other, shared: shared(one, other) }).toMatchObject({ shared: [expect.any(String)] })
  }
  expect(servicesThat((service) => !service.networks && service.network_mode !== 'none')).toEqual([])
  for (const name of ['postgres', 'temporal']) {
    for (const network of networksOf(name)) expect(networks[network]).toEqual({ internal: true })
  }
})

test('docker-compose.yml names the version of each image', () => {
  const named = Object.values(services).map(({ image }) => image)
  for (const image of named) expect(image).toMatch(/^tidemark(-sftp)?$|:v?\d+(\.\d+)*(@sha256:[0-9a-f]{64})?$/)
})

test('every service has a limit for the size of its log', () => {
  const unlimited = servicesThat(({ logging }) => !logging?.options?.['max-size'] || !logging.options['max-file'])
  noteInput('compose: services whose log may fill the disk', unlimited.join(' ') || 'none')
  expect(unlimited).toEqual([])
})

test('the images that are built here, and those that look at them, run without capabilities, except those that sshd needs', () => {
  for (const name of ['api', 'worker', 'migrate', 'sftp', 'sftp-keys', 'prometheus', 'alertmanager', 'grafana']) {
    expect({ name, dropped: services[name]?.cap_drop }).toEqual({ name, dropped: ['ALL'] })
  }
})

test.each([
  ['takes tasks', 200, true],
  ['takes no tasks', 503, false],
])('the health check notices a worker that %s', async (_, status, isHealthy) => {
  const server = createServer(({ url }, response) => response.writeHead(url === '/healthz' ? status : 404).end())
  server.listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const [, , ...args] = services['worker']?.healthcheck?.test ?? []
  const env = { HEALTH_ADDRESS: `127.0.0.1:${(server.address() as AddressInfo).port}` }
  const healthy = await promisify(execFile)(process.execPath, args, { env }).then(
    () => true,
    () => false,
  )
  expect(healthy).toBe(isHealthy)
})
