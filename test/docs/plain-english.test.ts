import { readdirSync, readFileSync } from 'node:fs'
import { parseSync } from '@swc/core'
import { expect, test } from 'vitest'
import { readSourceFiles } from '../../scripts/structure/source-files.js'
import { loadCatalog } from '../../src/catalog/load.js'
import { openApiDocument } from '../../src/rest/openapi.js'
import { privateWords } from '../support/private-words.js'

/** Texts that may contain a private word, each with its reason. */
const exceptions: readonly RegExp[] = [
  // An alias of a column in SQL.
  /^ AS told$/,
]

interface Text {
  readonly place: string
  readonly text: string
}

function findingsIn(texts: readonly Text[]): string[] {
  return texts.flatMap(({ place, text }) => {
    const words = text.replace(/\s+/g, ' ').replace(/`[^`]*`/g, '`…`')
    if (exceptions.some((exception) => exception.test(words))) return []
    return privateWords.flatMap(({ phrase, instead }) => {
      const found = phrase.exec(words)
      if (!found) return []
      const context = words.slice(Math.max(0, found.index - 40), found.index + 40)
      return [`${place}: "${found[0]}" in "${context}": write "${instead}"`]
    })
  })
}

/** The paragraphs of a file. A sentence may continue on the next line. */
function paragraphsOf(path: string): Text[] {
  let line = 1
  return readFileSync(path, 'utf8')
    .split('\n\n')
    .map((text) => {
      const paragraph = { place: `${path}:${line}`, text }
      line += text.split('\n').length + 1
      return paragraph
    })
}

/** The strings of a source file with several words: its messages, log lines and descriptions. */
function stringsOf({ path, text }: { readonly path: string; readonly text: string }): Text[] {
  const strings: Text[] = []
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    const { type, value, cooked } = node as { type?: string; value?: string; cooked?: string }
    const string = type === 'StringLiteral' ? value : type === 'TemplateElement' ? cooked : undefined
    if (string?.includes(' ')) strings.push({ place: path, text: string })
    for (const each of Object.values(node)) visit(each)
  }
  visit(parseSync(text, { syntax: 'typescript', decorators: true, target: 'es2022' }))
  return strings
}

const pagesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => (folder === '.' ? name : `${folder}/${name}`))

test('the GraphQL schema describes itself in plain English', () => {
  expect(findingsIn(paragraphsOf('docs/schema.graphql'))).toEqual([])
})

test('the example operations are commented in plain English', () => {
  expect(findingsIn(paragraphsOf('docs/examples/operations.graphql'))).toEqual([])
})

test('the OpenAPI document describes REST in plain English', async () => {
  const document = JSON.stringify(openApiDocument(await loadCatalog(undefined)), null, 1)
  expect(findingsIn(document.split('\n').map((text) => ({ place: 'openapi.json', text })))).toEqual([])
})

test('messages, logs and descriptions in the code are in plain English', () => {
  expect(findingsIn(readSourceFiles('.').flatMap(stringsOf))).toEqual([])
})

test('the pages for readers are in plain English', () => {
  const root = readdirSync('.').filter((name) => name.endsWith('.md'))
  const pages = [...root, ...pagesIn('docs'), ...pagesIn('clients/python/recipes'), 'clients/python/README.md']
  expect(findingsIn(pages.flatMap(paragraphsOf))).toEqual([])
})
