import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { commandAvailable, runsIf } from '../support/programs/command-available.js'
import { allBlocks, type Block, blocksOf, pages } from './pages.js'
import { Terminal } from './terminal.js'

const tools = ['bash', 'curl', 'jq', 'sftp', 'ssh-keygen', 'ssh-keyscan', 'psql', 'sha256sum', 'gpg']
const available = await Promise.all(
  tools.map((tool) => commandAvailable(tool, 'the commands of the tutorials and how-to guides')),
)
const hasDuckDb = runsIf(await canInstallDuckDb(), 'the commands for DuckDB', 'pip can not install duckdb-cli')
const isRun = ({ mark }: Block): boolean => !mark.startsWith('not-run: ') && (mark !== 'duckdb' || hasDuckDb)

/** What the pages install into a folder of their own is fetched once here, to know whether pip can. */
async function canInstallDuckDb(): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-pip-'))
  const requirement = /duckdb-cli==[\d.]+/.exec(allBlocks('sh').find(({ mark }) => mark === 'duckdb')?.text ?? '')?.[0]
  try {
    await promisify(execFile)('python3', ['-m', 'pip', 'download', '--quiet', '--dest', folder, requirement ?? 'none'])
    return true
  } catch {
    return false
  } finally {
    await rm(folder, { recursive: true })
  }
}

describe.runIf(available.every(Boolean))('the commands of the tutorials and how-to guides', () => {
  let terminal: Terminal
  beforeAll(async () => {
    terminal = await Terminal.open()
  })
  afterAll(() => terminal[Symbol.asyncDispose]())

  // In order: each page continues with what those before it left.
  const runnable = pages().filter((page) => blocksOf(page).some((block) => block.language === 'sh' && isRun(block)))
  test.each(runnable)('the commands of %s run', async (page) => {
    const blocks = blocksOf(page).filter((block) => block.language === 'sh' && isRun(block))
    const outputs: string[] = []
    for (const { start, others } of partsOf(blocks)) {
      if (start) await terminal.start(start)
      outputs.push(await terminal.run(others))
    }
    expect(outputs.join('')).toContain('--- running')
  })
})

/** The blocks from one start of a stack to the next one. A reader's second terminal has a new shell for each. */
function partsOf(blocks: readonly Block[]): { start?: Block; others: Block[] }[] {
  const parts: { start?: Block; others: Block[] }[] = []
  for (const block of blocks) {
    if (block.mark === 'terminal') parts.push({ start: block, others: [] })
    else if (parts.length === 0) parts.push({ others: [block] })
    else parts.at(-1)?.others.push(block)
  }
  return parts
}
