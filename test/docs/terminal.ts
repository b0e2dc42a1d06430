import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { readEnvironment } from '../../src/config/env.js'
import { resetStack } from '../../dev/stack/reset.js'
import { eventually } from '../support/eventually.js'
import { type Block, placeOf } from './pages.js'

const shownCharacters = 4000

/** A folder that has all files of the repository, so that what the commands write is not written there. */
export class Terminal implements AsyncDisposable {
  private started: { end(): Promise<void> } | undefined

  private constructor(
    private readonly folder: string,
    private readonly environment: NodeJS.ProcessEnv,
  ) {}

  static async open(): Promise<Terminal> {
    const folder = await mkdtemp(join(tmpdir(), 'tidemark-docs-'))
    for (const name of await readdir('.')) {
      if (!name.startsWith('.tidemark') && name !== '.git') await symlink(resolve(name), join(folder, name))
    }
    const { PATH, HOME, XDG_CACHE_HOME, TEMPORAL_CLI_PATH } = readEnvironment()
    // tsx does not apply a tsconfig.json that it finds through a link to the files that the link leads to.
    const TSX_TSCONFIG_PATH = resolve('tsconfig.json')
    return new Terminal(folder, { PATH, HOME, XDG_CACHE_HOME, TEMPORAL_CLI_PATH, TSX_TSCONFIG_PATH })
  }

  /** Runs a block that starts a stack and goes on, once the stack of an earlier block has ended. */
  async start(block: Block): Promise<void> {
    await this.started?.end()
    const child = this.bash(block.text)
    const output = collect(child.stdout, child.stderr)
    const ended = once(child, 'close')
    this.started = {
      end: async () => {
        child.kill('SIGTERM')
        await ended
      },
    }
    await eventually(`${placeOf(block)} to be ready: ${output()}`, () => {
      if (child.exitCode !== null) throw new Error(`${placeOf(block)} ended: ${output()}`)
      return output().includes('Press Ctrl-C to stop.')
    })
  }

  /**
   * Runs blocks one after the other in one shell, as a reader who follows the page types them.
   * @throws where a command fails, with its place and what was printed there
   */
  async run(blocks: readonly Block[]): Promise<string> {
    const mark = '--- running '
    const script = blocks.map((block) => `echo '${mark}${placeOf(block)}'\n${block.text}`).join('\n')
    const child = this.bash(script)
    const output = collect(child.stdout, child.stderr)
    const [code] = (await once(child, 'close')) as [number | null]
    if (code === 0) return output()
    const last = output().slice(output().lastIndexOf(mark) + mark.length)
    throw new Error(`A command of ${last.slice(0, shownCharacters)}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.started?.end()
    for (const name of await readdir(this.folder)) {
      if (name.startsWith('.tidemark')) await resetStack(join(this.folder, name), () => undefined)
    }
    await rm(this.folder, { recursive: true })
  }

  private bash(script: string) {
    const { folder: cwd, environment: env } = this
    return spawn('bash', ['-euo', 'pipefail', '-c', script], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  }
}

function collect(...streams: NodeJS.ReadableStream[]): () => string {
  let output = ''
  for (const stream of streams) stream.setEncoding('utf8').on('data', (text: string) => void (output += text))
  return () => output
}
