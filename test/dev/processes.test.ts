import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryFolder } from './support/local-parts.js'
import { inspectProcess } from '../../dev/machine/process-info.js'
import { endFormerProcess, spawnLogged, withPidFile } from '../../dev/machine/processes.js'

const hard = [{ signal: 'SIGKILL', waitMs: 10_000 }] as const

async function spawnNode(script: string, marker = 'unmarked') {
  const folder = await temporaryFolder()
  const pidFile = join(folder, 'pid')
  const child = await spawnLogged({
    ...withPidFile(pidFile, process.execPath, ['--eval', script, marker]),
    environment: {},
    logFile: join(folder, 'log'),
  })
  onTestFinished(() => child.stop(hard))
  return { child, pidFile }
}

/** Waits for the process to say that it is ready. */
async function ready(child: Awaited<ReturnType<typeof spawnLogged>>) {
  await expect.poll(() => child.lastLogLines(1), { timeout: 20_000 }).toBe('ready')
}

const stay = 'console.log("ready"); setInterval(() => {}, 1000)'
const defiant = `process.on('SIGTERM', () => console.log('no')); ${stay}`

test('a process that ignores the first signal is ended by the next', { timeout: 60_000 }, async () => {
  const { child } = await spawnNode(defiant)
  await ready(child)
  await child.stop([{ signal: 'SIGTERM', waitMs: 300 }, ...hard])
  expect(await child.exited).toBe('signal SIGKILL')
  expect(await child.lastLogLines(1)).toBe('no')
  expect(await inspectProcess(child.pid)).toBeUndefined()
})

test('a process that ignores all signals is reported as an error', { timeout: 60_000 }, async () => {
  const { child } = await spawnNode(defiant)
  await ready(child)
  await expect(child.stop([{ signal: 'SIGTERM', waitMs: 100 }])).rejects.toThrow('does not end')
})

test(
  'Ctrl-C at the terminal does not reach a child, because it has its own process group',
  { timeout: 60_000 },
  async () => {
    const { child } = await spawnNode(stay)
    expect(process.kill(-child.pid, 0)).toBe(true)
  },
)

test('a former process is ended when its command line shows the marker', { timeout: 60_000 }, async () => {
  const { child, pidFile } = await spawnNode(stay, 'marker-of-this-test')
  await ready(child)
  expect(await endFormerProcess(pidFile, 'marker-of-this-test', hard)).toBe(child.pid)
  expect(await child.exited).toBe('signal SIGKILL')
})

test('an unrelated process that got the old process id is not ended', { timeout: 60_000 }, async () => {
  const { child, pidFile } = await spawnNode(stay)
  await ready(child)
  expect(Number(await readFile(pidFile, 'utf8'))).toBe(child.pid)
  expect(await endFormerProcess(pidFile, 'marker-of-this-test', hard)).toBeUndefined()
  expect(await inspectProcess(child.pid)).toBeDefined()
})

test('a missing, empty or invalid pid file means that there is no former process', async () => {
  const file = join(await temporaryFolder(), 'pid')
  expect(await endFormerProcess(file, '', hard)).toBeUndefined()
  for (const content of ['', '0', '-1', 'x', '999999999']) {
    await writeFile(file, content)
    expect(await endFormerProcess(file, '', hard)).toBeUndefined()
  }
})
