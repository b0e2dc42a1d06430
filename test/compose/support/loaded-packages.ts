import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const inPackage = /\/node_modules\/((?:@[^/]+\/)?[^/]+)\//g

/** The npm packages of which a program has loaded something by its end. Its exit code does not matter. */
export async function loadedPackages(
  program: string,
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<ReadonlySet<string>> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-loaded-'))
  try {
    // Node writes there, at its end, every script that it has run.
    const env = { PATH: process.env['PATH'], ...environment, NODE_V8_COVERAGE: folder }
    const child = spawn(process.execPath, ['--import', 'tsx', program, ...words], { env, stdio: 'ignore' })
    await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve))
    const texts = await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), 'utf8')))
    const urls = texts.flatMap((text) =>
      (JSON.parse(text) as { result: { url: string }[] }).result.map(({ url }) => url),
    )
    return new Set(urls.flatMap((url) => [...url.matchAll(inPackage)].at(-1)?.[1] ?? []))
  } finally {
    await rm(folder, { recursive: true })
  }
}
