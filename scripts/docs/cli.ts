import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { exitCodes } from '../../src/bin/exit-codes.js'
import { madeFrom } from './markdown.js'

const run = promisify(execFile)

/** What a program prints for these words and `--help`. */
async function helpOf(file: string, ...words: string[]): Promise<string> {
  const { stdout } = await run(process.execPath, ['--import', 'tsx', file, ...words, '--help'], {
    // The width that commander wraps to.
    env: { PATH: process.env['PATH'], COLUMNS: '100' },
  })
  return stdout.trim()
}

const programs = { api: 'src/bin/api.ts', worker: 'src/bin/worker.ts', operator: 'src/bin/cli.ts' } as const

export async function cliPage(): Promise<string> {
  const [api, worker, operator] = await Promise.all([
    helpOf(programs.api),
    helpOf(programs.worker),
    helpOf(programs.operator),
  ])
  const commands = await Promise.all(commandsOf(operator).map((name) => textOf(name)))
  return `# Command line

${madeFrom('the programs in [src/bin](../../src/bin)')}

| program                     | what it is                                                                   |
| --------------------------- | ---------------------------------------------------------------------------- |
| \`node dist/src/bin/api.js\`    | the API                                                                      |
| \`node dist/src/bin/worker.js\` | a worker                                                                     |
| \`node dist/src/bin/cli.js\`    | the commands of an operator; \`npm run cli -- <command>\` beside \`npm start\` |

Every program reads its [configuration](configuration.md) from the environment. It refuses words that it does not know.

| exit code | meaning |
| --------- | ------- |
${Object.values(exitCodes)
  .map(({ code: number, meaning }) => `| ${number} | ${meaning} |`)
  .join('\n')}

With \`--json\`, standard output has one JSON value and nothing else. Progress and reasons are on standard error. A command that removes something asks for confirmation on a terminal. Elsewhere it needs \`--yes\`. npm keeps words that begin with \`-\`
for itself unless \`--\` stands before them.

## Commands of an operator

${fenced(operator)}

${commands.join('\n\n')}

## The API and the worker

${fenced(api)}

${fenced(worker)}
`
}

/** A command, or each of the commands below it. */
async function textOf(...words: string[]): Promise<string> {
  const help = await helpOf(programs.operator, ...words)
  const below = help.includes('\nCommands:') ? commandsOf(help, '\nCommands:') : []
  if (below.length === 0) return `### ${words.join(' ')}\n\n${fenced(help)}`
  const texts = await Promise.all(below.map((name) => textOf(...words, name)))
  return texts.join('\n\n')
}

const fenced = (text: string): string => `\`\`\`text\n${text}\n\`\`\``

/** The names below the headings of the groups, of which this is the first one. */
function commandsOf(help: string, first = '\nSee:'): string[] {
  const list = help.slice(help.indexOf(first))
  return Array.from(list.matchAll(/^ {2}([a-z][a-z-]*)/gm), ([, name = '']) => name)
}
