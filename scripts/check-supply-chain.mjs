/**
 * `npm run check:supply`: requires exact versions, a lock file with the hash of each package, and no install scripts. CI runs
 * it before it installs anything.
 */
import { readFileSync } from 'node:fs'
import { installScriptProblems, supplyChainProblems } from './supply-chain.js'

const words = process.argv.slice(2)
if (words.length > 0) {
  const isHelp = words.some((word) => word === '--help' || word === '-h')
  const usage = 'Usage: npm run check:supply'
  if (isHelp) console.log(usage)
  else console.error(`error: unknown words: ${words.join(' ')}\n\n${usage}`)
  process.exit(isHelp ? 0 : 2)
}

const read = (name) => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8')
const [wanted, lock] = ['package.json', 'package-lock.json'].map((name) => JSON.parse(read(name)))
const problems = [...supplyChainProblems(wanted, lock), ...installScriptProblems(wanted, read('.npmrc'))]
for (const problem of problems) console.error(problem)
if (problems.length > 0) process.exitCode = 1
else
  console.log(
    `${Object.keys(lock.packages).length - 1} packages, each of one version and one content; no install script runs`,
  )
