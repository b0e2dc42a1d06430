/**
 * For the Dockerfile, after the build: leaves in node_modules only what the services run, and says in `sbom.cdx.json` what that
 * is. It does not rely on how a version of npm removes packages: npm keeps optional peers, such as the Prisma CLI with its
 * databases. It goes by npm's record of what it installed, since versions of npm place packages differently than the lock file.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bill } from './bill.mjs'
import { productionPackages } from './packages.mjs'

/** What Temporal's SDK bundles workflows with. The programs of the image are built without it. */
const unused = {
  '@temporalio/worker': ['webpack', 'swc-loader', '@swc/core', 'source-map-loader', 'memfs', 'unionfs'],
}

const read = (file) => JSON.parse(readFileSync(file, 'utf8'))
const project = read('package.json')
const installed = read('node_modules/.package-lock.json').packages
const lock = { packages: { ...installed, '': { dependencies: project.dependencies } } }
const kept = productionPackages(lock, unused)
for (const path of Object.keys(lock.packages)) {
  if (path !== '' && !kept.has(path)) rmSync(path, { recursive: true, force: true })
}
for (const path of kept) removeUnread(path)
removeOtherPlatforms()
writeFileSync('sbom.cdx.json', `${JSON.stringify(bill(project, lock, kept), null, 2)}\n`)
console.log(`${kept.size} of ${Object.keys(lock.packages).length - 1} packages are in the image`)

/** Maps, types, tests and documents of a package, the copies of OpenTelemetry for bundlers, and Prisma's engines for other databases. */
function removeUnread(path) {
  const folders = [
    'test',
    'tests',
    '__tests__',
    'docs',
    'doc',
    'example',
    'examples',
    'benchmark',
    'benchmarks',
    '.github',
  ]
  if (path.startsWith('node_modules/@opentelemetry/')) folders.push('build/esm', 'build/esnext')
  for (const folder of folders) rmSync(join(path, folder), { recursive: true, force: true })
  const isUnread = (name) =>
    /\.(map|d\.[cm]?ts|md|markdown)$/i.test(name) && !/^(licen[cs]e|copying|notice)/i.test(name.split('/').at(-1))
  const isOtherDatabase = (name) => /\.(cockroachdb|mysql|sqlite|sqlserver)\./.test(name)
  for (const name of readdirSync(path, { recursive: true, encoding: 'utf8' })) {
    if (isUnread(name) || (path === 'node_modules/@prisma/client' && isOtherDatabase(name))) {
      rmSync(join(path, name), { recursive: true, force: true })
    }
  }
}

/** Temporal's core comes for every platform. */
function removeOtherPlatforms() {
  const own = `${process.arch === 'x64' ? 'x86_64' : 'aarch64'}-unknown-linux-gnu`
  const releases = 'node_modules/@temporalio/core-bridge/releases'
  for (const name of readdirSync(releases)) if (name !== own) rmSync(join(releases, name), { recursive: true })
}
