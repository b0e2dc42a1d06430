import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../support/eventually.js'
import { type Program, startProgram } from '../support/programs/program.js'
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.js'
import { createWorld, type World } from '../support/world/world.js'
import { wrongHostKey } from './support/scrape.js'

let world: World
let toTemporal: TcpProxy
beforeAll(async () => {
  world = await createWorld({ worker: false })
  const [host = '', port] = world.config.temporal.address.split(':')
  toTemporal = await startTcpProxy({ host, port: Number(port) })
})
afterAll(async () => {
  await toTemporal.stop()
  await world[Symbol.asyncDispose]()
})

type Line = Readonly<Record<string, unknown>>

/** Each line that the program wrote to its standard output. @throws if one is not JSON */
const lines = (program: Program): Line[] =>
  program
    .result()
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line)

test('standard output of both programs is JSON lines, also while Temporal is away', async () => {
  const through = { ...world.environment, PORT: '0', TEMPORAL_ADDRESS: `127.0.0.1:${toTemporal.port}` }
  const [api, worker] = [startProgram('api', [], through), startProgram('worker', [], through)]
  await eventually('the worker', () => worker.output().includes('the worker takes tasks'))
  await eventually('the API', () => api.output().includes('the API answers'))
  toTemporal.sever()
  const fromCore = () =>
    lines(worker).some(({ source, sdkComponent }) => source === 'temporal' && sdkComponent === 'core')
  await eventually(`a line of the core: ${worker.output()}`, fromCore)
  const [, url] = /"address":"([^"]+)"/.exec(api.output()) ?? []
  expect((await fetch(`${url}/readyz`)).status).toBe(503)
  await eventually('a line of the API', () => api.output().includes('not ready'))
  toTemporal.mend()
  for (const program of [api, worker]) {
    program.signal('SIGTERM')
    await program.ended
    expect(lines(program).every(({ level, msg }) => typeof level === 'string' && typeof msg === 'string')).toBe(true)
    expect(program.output()).toBe(program.result())
  }
})

test('each failed attempt is logged once, with its cause', async () => {
  const worker = startProgram('worker', [], { ...world.environment, SFTP_PORT: '1' })
  const tenant = await world.tenant({ rows: { user: 1 } })
  await tenant.register({ entityList: 'user' })
  await tenant.startRun()
  const attempts = () => lines(worker).filter(({ activityType }) => activityType === 'exportEntity')
  const third = await eventually('three attempts', () => attempts().find(({ attempt }) => attempt === 3))
  expect(third).toMatchObject({ msg: 'attempt failed', error: { code: 'SFTP_UNAVAILABLE' } })
  expect(attempts().map(({ attempt }) => attempt)).toEqual([1, 2, 3])
})

test('a run that fails is logged by Tidemark alone, and not a second time by the SDK', async () => {
  const worker = startProgram('worker', [], { ...world.environment, ...wrongHostKey })
  const tenant = await world.tenant({ rows: { user: 1 } })
  await tenant.register({ entityList: 'user' })
  expect(await tenant.runNow()).toMatchObject({ status: 'FAILED' })
  worker.signal('SIGTERM')
  await worker.ended
  const ofTenant = lines(worker).filter((line) => JSON.stringify(line).includes(tenant.id))
  const messages = ofTenant.map(({ msg }) => msg)
  expect(messages.filter((msg) => msg === 'attempt failed')).toHaveLength(1)
  expect(messages.filter((msg) => msg === 'run finished, and not every file was published')).toHaveLength(1)
  expect(messages).not.toContain('Activity failed')
  expect(messages).not.toContain('Workflow failed')
})

test('LOG_FORMAT=readable is for terminals, also where the configuration is not usable', async () => {
  const program = startProgram('api', [], { LOG_FORMAT: 'readable' })
  expect(await program.exitCode()).toBe(1)
  expect(program.result()).toMatch(/^\d\d:\d\d:\d\d\.\d{3} FATAL the configuration is not usable problems=\[/)
})
