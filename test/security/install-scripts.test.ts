import { execFile } from 'node:child_process'
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { noteInput } from './support/inputs.js'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-install-'))
})
afterEach(() => rm(folder, { recursive: true }))

/** Without what npm sets for the scripts that it runs, this one among them. */
const environment = () => Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')))

const writeJson = (file: string, content: object) => writeFile(join(folder, file), JSON.stringify(content))

test('npm install runs no script, even of a dependency that package.json allows', async () => {
  const mark = (name: string) => `node -e "fs.writeFileSync('${join(folder, name)}', '')"`
  await mkdir(join(folder, 'dependency'))
  const scripts = (name: string) => ({ preinstall: mark(`${name}-pre`), postinstall: mark(`${name}-post`) })
  await writeJson('dependency/package.json', { name: 'dependency', version: '1.0.0', scripts: scripts('dependency') })
  await run('npm', ['pack', join(folder, 'dependency')], { cwd: folder })
  await writeJson('package.json', {
    name: 'project',
    version: '1.0.0',
    scripts: scripts('own'),
    dependencies: { dependency: 'file:dependency-1.0.0.tgz' },
    allowScripts: { dependency: true },
  })
  await cp(join(root, '.npmrc'), join(folder, '.npmrc'))
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund'], { cwd: folder, env: environment() })
  const left = (await readdir(folder)).filter((name) => /-(pre|post)$/.test(name))
  noteInput('npm install with a dependency that has install scripts', left.join(' ') || 'none of them ran')
  expect(await readdir(join(folder, 'node_modules'))).toContain('dependency')
  expect(left).toEqual([])
})

test('CI installs nothing while a package of the lock file has an undecided install script', async () => {
  for (const path of ['.ci', '.npmrc', 'package.json', 'scripts/check-supply-chain.mjs', 'scripts/supply-chain.js']) {
    await cp(join(root, path), join(folder, path), { recursive: true })
  }
  const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as { packages: object }
  const stranger = { version: '1.0.0', integrity: `sha512-${'A'.repeat(86)}==`, hasInstallScript: true }
  await writeJson('package-lock.json', { ...lock, packages: { ...lock.packages, 'node_modules/stranger': stranger } })
  // In the place of npm: tells that it was called.
  await mkdir(join(folder, 'bin'))
  await writeFile(join(folder, 'bin/npm'), `#!/bin/sh\necho "npm $1" >>${folder}/called\n`)
  await chmod(join(folder, 'bin/npm'), 0o755)
  const env = { ...environment(), PATH: `${folder}/bin:${process.env['PATH']}` }
  const ended = await run('bash', [join(folder, '.ci/run')], { env }).then(
    ({ stdout }) => ({ code: 0, output: stdout }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({ code, output: stdout + stderr }),
  )
  const called = await readFile(join(folder, 'called'), 'utf8').catch(() => 'npm was not called')
  noteInput('CI with a package whose install script nobody decided on', called.trim())
  expect(called).toBe('npm was not called')
  expect(ended).toMatchObject({ code: 1, output: expect.stringContaining('stranger: has an install script') })
})
