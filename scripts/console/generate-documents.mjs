/**
 * Generates `console/src/gql`: the types of each GraphQL document in the console's source, from docs/schema.graphql. It uses the
 * client preset of graphql-codegen without its command line, which needs a newer Node.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { codegen } from '@graphql-codegen/core'
import { preset } from '@graphql-codegen/client-preset'
import { buildASTSchema, parse, print } from 'graphql'

const root = fileURLToPath(new URL('../..', import.meta.url))
const output = 'console/src/gql/'

/** What the API sends for each scalar of its own. */
const scalars = {
  BigInt: 'number | string',
  Date: 'string',
  DateTime: 'string',
  EntityList: 'string | readonly string[]',
  JSONObject: 'Record<string, unknown>',
}

/** A document is the text in ``graphql(`…`)``, without interpolations. */
function documentsIn(file) {
  const text = readFileSync(join(root, file), 'utf8')
  return [...text.matchAll(/\bgraphql\(`((?:[^`$]|\$(?!\{))*)`\)/g)].map(([, source]) => {
    const document = parse(source)
    return { location: file, document, rawSDL: source, hash: print(document) }
  })
}

function consoleSources() {
  return readdirSync(join(root, 'console/src'), { recursive: true, encoding: 'utf8' })
    .map((name) => `console/src/${name}`)
    .filter((name) => /\.tsx?$/.test(name) && !name.startsWith(output))
    .toSorted()
}

export async function generateDocuments() {
  const schema = parse(readFileSync(join(root, 'docs/schema.graphql'), 'utf8'))
  const documents = consoleSources().flatMap(documentsIn)
  const sections = await preset.buildGeneratesSection({
    baseOutputDir: join(root, output),
    config: {
      scalars,
      strictScalars: true,
      enumsAsTypes: true,
      immutableTypes: true,
      useTypeImports: true,
      skipTypename: false,
    },
    presetConfig: { fragmentMasking: false },
    schema,
    schemaAst: buildASTSchema(schema),
    documents,
    plugins: [],
    pluginMap: {},
    documentTransforms: [],
    profiler: { run: (work) => work() },
  })
  rmSync(join(root, output), { recursive: true, force: true })
  for (const section of sections) {
    const content = await codegen({ ...section, cache: undefined })
    mkdirSync(dirname(section.filename), { recursive: true })
    writeFileSync(section.filename, content)
  }
  return documents.length
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(`${await generateDocuments()} GraphQL documents in ${output}`)
}
