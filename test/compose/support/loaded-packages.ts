import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const inPackage = /\/node_modules\/((?:@[^/]+\/)?[^/]+)\//g

/** The npm packages of which a program of the repository has loaded something by its end. Its exit code does not matter. */
export async function loadedPackages(
  program: string,
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<ReadonlySet<string>> {
  const files = await loadedFiles(['--import', 'tsx', program, ...words], environment)
  return new Set(files.flatMap((file) => [...file.matchAll(inPackage)].at(-1)?.[1] ?? []))
}

/** The files that Node has run by the end of a program. */
export async function loadedFiles(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-loaded-'))
  try {
    // Node writes there, at its end, every script that it has run.
    const env = { PATH: process.env['PATH'], ...environment, NODE_V8_COVERAGE: folder }
    const child = spawn(process.execPath, args, { env, stdio: 'ignore' })
    await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve))
    const texts = await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), 'utf8')))
    const urls = texts.flatMap((text) =>
      (JSON.parse(text) as { result: { url: string }[] }).result.map(({ url }) => url),
    )
    return [...new Set(urls)].filter((url) => url.startsWith('file:')).map((url) => fileURLToPath(url))
  } finally {
    await rm(folder, { recursive: true })
  }
}
