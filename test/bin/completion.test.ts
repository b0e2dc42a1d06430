import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const run = promisify(execFile)

async function scriptFor(shell: string): Promise<string> {
  const { stdout } = await run(process.execPath, ['--import', 'tsx', 'src/bin/cli.ts', 'completion', shell])
  return stdout
}

/** What bash would offer after these words. */
async function offered(...words: string[]): Promise<string[]> {
  const ask = `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _tidemark; echo "\${COMPREPLY[@]}"`
  const { stdout } = await run('bash', ['-c', `${await scriptFor('bash')}\n${ask}`])
  return stdout.trim().split(' ')
}

test('bash completes the names of commands and the options of a command', async () => {
  expect(await offered('tidemark', 'ver')).toEqual(['verify'])
  expect(await offered('tidemark', 'verify', '--no')).toEqual(['--no-source'])
  expect(await offered('tidemark', 'source', 'ad')).toEqual(['adopt'])
  expect(await offered('tidemark', 'catalog', 'diff', '--fr')).toEqual(['--from'])
})

test('the scripts of zsh and fish name every command', async () => {
  for (const shell of ['zsh', 'fish']) {
    const script = await scriptFor(shell)
    for (const name of ['runs', 'doctor', 'verify', 'completion']) expect(script).toContain(name)
  }
})
