import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { run } from '../run.js'

const root = join(import.meta.dirname, '../..')

/** Makes a Prisma client of the sample source's tables, which the product has none of. Gives its module. */
export async function makeNaiveClient(): Promise<string> {
  const folder = join(root, '.bench/prisma')
  await mkdir(folder, { recursive: true })
  const schema = await readFile(join(root, 'prisma/source/schema.prisma'), 'utf8')
  const generator = 'generator client {\n  provider = "prisma-client-js"\n  output   = "./client"\n}\n'
  await writeFile(join(folder, 'schema.prisma'), `${generator}\n${schema}`)
  const prisma = join(dirname(createRequire(import.meta.url).resolve('prisma/package.json')), 'build/index.js')
  // Generating needs no engine, but the CLI wants to be shown one: any file will do.
  const environment = { PRISMA_SCHEMA_ENGINE_BINARY: import.meta.filename, CHECKPOINT_DISABLE: '1' }
  await run(
    process.execPath,
    [prisma, 'generate', '--no-hints', '--schema', join(folder, 'schema.prisma')],
    environment,
  )
  return join(folder, 'client/index.js')
}
