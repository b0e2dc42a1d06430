import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { satisfies } from 'semver'
import { expect, test } from 'vitest'
import {
  installScriptProblems,
  type LockFile,
  type PackageFile,
  supplyChainProblems,
} from '../../scripts/supply-chain.js'

const hash = `sha512-${'A'.repeat(86)}==`
const wanted: PackageFile = { dependencies: { pg: '8.23.1' }, allowScripts: { esbuild: true } }
const lock = (more: LockFile['packages'] = {}): LockFile => ({
  packages: {
    '': {},
    'node_modules/pg': { version: '8.23.1', integrity: hash },
    'node_modules/tsx/node_modules/esbuild': { version: '1.0.0', integrity: hash, hasInstallScript: true },
    ...more,
  },
})

test('finds nothing wrong where all is exact', () => {
  expect(supplyChainProblems(wanted, lock())).toEqual([])
})

test.each([
  ['a range', { ...wanted, dependencies: { pg: '^8.23.1' } }, lock(), /pg: \^8\.23\.1 is not one exact version/],
  ['a repository', { ...wanted, dependencies: { pg: 'github:a/b' } }, lock(), /not one exact version/],
  [
    'another version',
    { ...wanted, devDependencies: { pg: '8.0.0' } },
    lock(),
    /package.json has 8.0.0, the lock file 8.23.1/,
  ],
  ['what is not locked', { ...wanted, dependencies: { x: '1.0.0' } }, lock(), /the lock file nothing/],
  ['no hash', wanted, lock({ 'node_modules/x': { version: '1.0.0' } }), /node_modules\/x: has no sha512/],
  ['an old hash', wanted, lock({ 'node_modules/x': { integrity: 'sha1-abc=' } }), /has no sha512/],
  [
    'a place of its own',
    wanted,
    lock({ 'node_modules/x': { integrity: hash, resolved: 'http://x' } }),
    /where it comes from/,
  ],
  ['a folder', wanted, lock({ 'node_modules/x': { link: true } }), /is a link/],
  [
    'a new script',
    wanted,
    lock({ 'node_modules/@a/x': { integrity: hash, hasInstallScript: true } }),
    /@a\/x: has an install/,
  ],
  [
    'a decision too many',
    { ...wanted, allowScripts: { esbuild: true, gone: false } },
    lock(),
    /gone: has no install script/,
  ],
])('the supply-chain check finds %s', (_, packages, locked, problem) => {
  expect(supplyChainProblems(packages, locked)).toEqual([expect.stringMatching(problem)])
})

const root = join(import.meta.dirname, '../..')
const packageFile = async () => JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as PackageFile

test('no install script can run, by what is committed', async () => {
  expect(installScriptProblems(await packageFile(), await readFile(join(root, '.npmrc'), 'utf8'))).toEqual([])
})

const silent = 'ignore-scripts=true\n'
test.each<[string, PackageFile, string, RegExp]>([
  ['no setting', {}, 'fund=false\n', /\.npmrc: must have the line ignore-scripts=true/],
  ['a setting that is off', {}, 'ignore-scripts=false\n', /\.npmrc: must have/],
  ['a setting that is commented out', {}, '# ignore-scripts=true\n', /\.npmrc: must have/],
  ['a setting that is taken back', {}, `${silent}ignore-scripts = false\n`, /\.npmrc: must have/],
  ['a script that is allowed', { allowScripts: { esbuild: true } }, silent, /esbuild: its install script is allowed/],
  ['a script of our own', { scripts: { postinstall: 'x' } }, silent, /the script postinstall would not run/],
])('an install script that could run is found: %s', (_, own, npmrc, problem) => {
  expect(installScriptProblems(own, npmrc)).toEqual([expect.stringMatching(problem)])
})

test('scripts that need what is made after the installation make it themselves', async () => {
  const { scripts = {} } = await packageFile()
  const needed = [
    'start',
    'demo',
    'test',
    'test:faults',
    'test:security',
    'bench',
    'check:types',
    'check:lint',
    'build',
  ]
  for (const name of needed) expect(scripts[name]).toMatch(/^node scripts\/setup\.mjs && /)
})

test('every package takes the oldest Node that is supported, so that npm install prints no warning', async () => {
  const lockFile = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { engines?: { node?: string } }>
  }
  const { '': own, ...others } = lockFile.packages
  const oldest = `${own?.engines?.node?.replace('>=', '')}.0`
  expect(oldest).toMatch(/^\d+\.\d+\.0$/)
  const refusing = Object.entries(others).filter(([, { engines }]) => engines?.node && !satisfies(oldest, engines.node))
  expect(refusing).toEqual([])
})
