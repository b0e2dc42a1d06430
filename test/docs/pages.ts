import { readdirSync, readFileSync } from 'node:fs'

/** A fenced block of a page. */
export interface Block {
  readonly page: string
  /** The line of its first line of text. */
  readonly line: number
  readonly language: string
  /** What comes after the language: `terminal`, `duckdb`, `not-run: <reason>`, or nothing. */
  readonly mark: string
  readonly text: string
}

/** The pages whose commands are run, in the order in which they are run: each continues on the stack of those before it. */
export function pages(): string[] {
  const inFolder = (folder: string): string[] =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.md'))
      .toSorted()
      .map((name) => `${folder}/${name}`)
  const [first = '', second = '', ...others] = inFolder('docs/tutorial')
  return [first, second, ...inFolder('docs/how-to'), ...others]
}

export function blocksOf(page: string): Block[] {
  const blocks: Block[] = []
  let open: { line: number; info: string; text: string[] } | undefined
  for (const [index, text] of readFileSync(page, 'utf8').split('\n').entries()) {
    const [, info] = /^ *```(.*)$/.exec(text) ?? []
    if (info === undefined) open?.text.push(text)
    else if (!open) open = { line: index + 2, info, text: [] }
    else {
      const [language = '', ...mark] = open.info.split(' ')
      blocks.push({ page, line: open.line, language, mark: mark.join(' '), text: open.text.join('\n') })
      open = undefined
    }
  }
  if (open) throw new Error(`${page}:${open.line}: the block has no end`)
  return blocks
}

export const allBlocks = (language: string): Block[] =>
  pages()
    .flatMap(blocksOf)
    .filter((block) => block.language === language)

/** Where a failure is looked for. */
export const placeOf = ({ page, line }: Block): string => `${page}:${line}`
