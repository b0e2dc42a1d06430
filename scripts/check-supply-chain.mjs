/**
 * `npm run check:supply`: exact versions, a lock file that says what each package must hash to, and no install script that
 * runs. CI runs it before it installs anything.
 */
import { readFileSync } from 'node:fs'
import { readKnownWords } from './known-words.mjs'
import { installScriptProblems, supplyChainProblems } from './supply-chain.js'

readKnownWords('Usage: npm run check:supply')
const read = (name) => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8')
const [wanted, lock] = ['package.json', 'package-lock.json'].map((name) => JSON.parse(read(name)))
const problems = [...supplyChainProblems(wanted, lock), ...installScriptProblems(wanted, read('.npmrc'))]
for (const problem of problems) console.error(problem)
if (problems.length > 0) process.exitCode = 1
else
  console.log(
    `${Object.keys(lock.packages).length - 1} packages, each of one version and one content; no install script runs`,
  )
