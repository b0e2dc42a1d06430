import { expect, test } from 'vitest'
import { startProgram } from '../support/program.js'

/** Runs a command without any setting, so that it can reach nothing. */
async function outcome(program: 'cli' | 'local', ...args: string[]): Promise<{ code: number | null; output: string }> {
  const command = startProgram(program, args, {})
  return { code: await command.exitCode(), output: command.output() }
}

test.each([
  ['erase-tenant acme --dry-run', /unknown option '--dry-run'/],
  ['erase-tenant acme globex --yes', /too many arguments/],
  ['erase-tenant', /missing required argument 'tenant'/],
  ['erase-tenant acme', /can't be undone\. Nothing was removed\. Add --yes/],
  ['remove-registration acme now', /too many arguments/],
  ['remove-registration acme', /Nothing was removed\. Add --yes/],
  ['retention acme forever', /Give 0 to 99999, or default/],
  ['migrate --force', /unknown option '--force'/],
  ['verify', /give --all, --tenant or --day/],
  ['verify --all --tenant acme', /cannot be used with/],
  ['verify --day 2026-02-30', /give it as YYYY-MM-DD/],
  ['check-source --jsno', /unknown option '--jsno'/],
  ['erase', /unknown command 'erase'/],
  ['', /Usage: cli\.js/],
])('the command "%s" is refused with code 2, before it does anything', async (line, message) => {
  const { code, output } = await outcome('cli', ...line.split(' ').filter((word) => word !== ''))
  expect(output).toMatch(message)
  expect(code).toBe(2)
})

test('each command has --help, which does nothing else', async () => {
  const { output } = await outcome('cli', '--help')
  const names = Array.from(output.matchAll(/^ {2}([a-z-]+) /gm), ([, name]) => name ?? '').filter(
    (name) => name !== 'help',
  )
  expect(names).toHaveLength(8)
  for (const name of names) {
    const help = await outcome('cli', name, '--help')
    expect(help).toEqual({ code: 0, output: expect.stringContaining(`Usage: cli.js ${name}`) })
  }
})

test('what npm start and npm run demo are given is refused if it is not understood', async () => {
  for (const line of ['start --prot 4000', 'demo twice', 'begin']) {
    expect(await outcome('local', ...line.split(' '))).toMatchObject({
      code: 2,
      output: expect.stringMatching(/^error: /),
    })
  }
})
