/** `npm run check:supply`: exact versions, a lock file that says what each package must hash to, scripts decided on. */
import { readFileSync } from 'node:fs'
import { type LockFile, type PackageFile, supplyChainProblems } from './supply-chain.js'

const read = (name: string): unknown => JSON.parse(readFileSync(new URL(`../${name}`, import.meta.url), 'utf8'))
const lock = read('package-lock.json') as LockFile
const problems = supplyChainProblems(read('package.json') as PackageFile, lock)
for (const problem of problems) console.error(problem)
if (problems.length > 0) process.exitCode = 1
else console.log(`${Object.keys(lock.packages).length - 1} packages, each of one version and one content`)
