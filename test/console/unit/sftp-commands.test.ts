import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import {
  commandsFor,
  dayFolder,
  fingerprintCommand,
  isTool,
  knownHostsCommand,
  quoted,
  tools,
  type Tool,
} from '../../../console/src/pages/sftp/commands'
import { readSftpSearch } from '../../../console/src/pages/sftp/sftp-search'

const account = {
  host: 'sftp.example.com',
  port: 2222,
  username: 'acme',
  hostKeyFingerprints: ['SHA256:abc+/1', 'SHA256:def'],
}
const today = new Date('2026-11-28T23:30:00Z')
const textOf = (tool: Tool) =>
  commandsFor(tool, account, today)
    .map(({ text }) => text)
    .join('\n')

function expectValidShell(text: string): void {
  expect(() => execFileSync('bash', ['-n', '-c', text])).not.toThrow()
}

test.each(Object.keys(tools) as Tool[])(
  'the commands of %s name the host, the port, the account and the folder',
  (tool) => {
    const text = textOf(tool)
    for (const part of ['sftp.example.com', '2222', 'acme', '/exports/acme']) expect(text).toContain(part)
  },
)

test.each(['sftp', 'rclone', 'lftp', 'loader'] as const)('the commands of %s are understood by a shell', (tool) => {
  for (const { text } of commandsFor(tool, account, today)) expectValidShell(text)
})

test('the files of a day are fetched from the folder of the day in UTC', () => {
  expect(textOf('sftp')).toContain('acme@sftp.example.com:/exports/acme/2026/11/28')
  expect(dayFolder(today)).toBe('2026/11/28')
})

test('the commands around known_hosts are understood by a shell, and name every fingerprint', () => {
  const text = knownHostsCommand(account)
  expectValidShell(text)
  expectValidShell(fingerprintCommand(account))
  expect(text).toContain('SHA256:abc+/1')
  expect(text).toContain('SHA256:def')
})

test('WinSCP gets the fingerprints without their prefix, with a semicolon between them', () => {
  expect(textOf('winscp')).toContain('-hostkey="abc+/1;def"')
})

test.each(['plain-word', "it's", 'a b', '$(touch x)', '`id`', '"', '\\', ';', "'; rm -rf /; '"])(
  'the shell reads the quoted word %j as it is',
  (word) => {
    expect(execFileSync('bash', ['-c', `printf %s ${quoted(word)}`], { encoding: 'utf8' })).toBe(word)
  },
)

test('the address selects a program, and ignores what is none', () => {
  expect(readSftpSearch({ tool: 'rclone' })).toEqual({ tool: 'rclone' })
  expect(readSftpSearch({ tool: 'constructor' })).toEqual({})
  expect(isTool(undefined)).toBe(false)
})
