import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseSync } from '@swc/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cpuMs } from './support/cpu.js'

/** Of characters: a few first, since a quadratic form takes minutes for as many as a request's body may have. */
const lengths = [16 * 1024, 256 * 1024]
const mostMs = 50

interface Found {
  readonly file: string
  readonly expression: RegExp
}

const found = ['src', 'workflows', 'activities'].flatMap(sourceFiles).flatMap(expressionsOf)

test('the search for regular expressions finds those of the product', () => {
  expect(found.length).toBeGreaterThan(50)
  expect(found.map(({ expression }) => String(expression))).toContain('/begin [a-z0-9 ]{0,40}$/')
})

test.each(found.map(({ file, expression }) => [String(expression), file, expression] as const))(
  '%s in %s reads 256 KB of its own beginnings in less than 50 ms',
  (_source, _file, expression) => {
    for (const length of lengths) {
      const slow = attacksOn(expression, length).filter((text) => cpuMs(() => search(expression, text)) > mostMs)
      // Once more, since the first time includes what the engine compiles.
      const slowAgain = slow.filter((text) => cpuMs(() => search(expression, text)) > mostMs)
      expect(slowAgain.map((text) => text.slice(0, 40))).toEqual([])
    }
  },
)

/** All that `test`, `exec` and `replace` have in common: the first match, and then every further one. */
function search(expression: RegExp, text: string): void {
  for (const _match of text.matchAll(new RegExp(expression.source, `${expression.flags.replace('g', '')}g`)));
}

/** Texts that begin to match again and again: each beginning of some texts that match, repeated, and then cut off. */
function attacksOn(expression: RegExp, length: number): string[] {
  const samples = fc.sample(matching(expression), { numRuns: 8, seed: 1 })
  const beginnings = samples.flatMap((text) => [1, 2, 4, 6, 8, 12, 16, 24].map((end) => text.slice(0, end)))
  const units = new Set([...beginnings, ...samples].filter((text) => text !== '' && text.length < 100))
  return [...units].map((unit) => `${unit.repeat(Math.ceil(length / unit.length)).slice(0, length)}\n\0`)
}

/** fast-check can't make texts for classes such as `\p{Cc}`: a look through one character at a time is never quadratic. */
function matching(expression: RegExp): fc.Arbitrary<string> {
  try {
    return fc.stringMatching(new RegExp(expression.source, expression.flags.replaceAll(/[gi]/g, '')))
  } catch {
    return fc.constantFrom('a', ' ', '-', '\u0001', '\ud800', 'é')
  }
}

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.parentPath.includes('generated'))
    .map((entry) => join(entry.parentPath, entry.name))
}

function expressionsOf(file: string): Found[] {
  const expressions: Found[] = []
  const program = parseSync(readFileSync(file, 'utf8'), { syntax: 'typescript', decorators: true, target: 'es2022' })
  JSON.stringify(program, (_key, node: unknown) => {
    const { type, pattern, flags } = (node ?? {}) as { type?: string; pattern?: string; flags?: string }
    if (type === 'RegExpLiteral') expressions.push({ file, expression: new RegExp(pattern ?? '', flags) })
    return node
  })
  return expressions
}
