import { posix } from 'node:path'
import { importTable, type ImportRule } from './table.js'

/** The deepest folder of an area: `src/graphql/run/inputs` is two folders deep. */
const deepest = 4
const topLevel = ['activities', 'dev', 'workflows']
const areas = Object.keys(importTable)

/** The table of imports as a configuration of oxlint, which finds the imports and the cycles. */
export const oxlintConfig = {
  plugins: ['import', 'typescript'],
  categories: { correctness: 'off' },
  rules: {
    'import/no-cycle': ['error', { ignoreTypes: false }],
    // Both are forms of an import of types that the table could not tell from an import of code.
    'typescript/no-import-type-side-effects': 'error',
    'typescript/consistent-type-imports': ['error', { disallowTypeAnnotations: true }],
  },
  overrides: [
    restrict('{src,console/src/*}/**/*.{ts,tsx}', [
      { regex: '.', message: 'The area of this file has no row in the table of imports.' },
    ]),
    ...areas.flatMap((area) => [
      restrict(`${pathOf(area)}.{ts,tsx}`, patternsFor(area, posix.dirname(pathOf(area)))),
      ...Array.from({ length: deepest + 1 }, (_, depth) =>
        restrict(
          `${pathOf(area)}${'/*'.repeat(depth)}/*.{ts,tsx}`,
          patternsFor(area, pathOf(area) + '/_'.repeat(depth)),
        ),
      ),
    ]),
  ],
}

function restrict(files: string, patterns: readonly object[]) {
  return { files: [files], rules: { 'eslint/no-restricted-imports': ['error', { patterns }] } }
}

/** What a file of that area in that folder may not import. The last pattern must be the one with exceptions. */
function patternsFor(area: string, folder: string): object[] {
  const rule: ImportRule | undefined = importTable[area]
  const others = areas.filter((other) => other !== area && !rule?.areas.includes(other))
  const typesOf = others.filter((other) => rule?.typesOf?.includes(other))
  const forbidden = others.filter((other) => !typesOf.includes(other))
  return [
    { regex: pathsTo(forbidden, folder), message: `${area} may not import this area.` },
    ...(typesOf.length === 0
      ? []
      : [
          {
            regex: pathsTo(typesOf, folder),
            allowTypeImports: true,
            message: `${area} may only \`import type\` from this area.`,
          },
        ]),
    {
      group: ['*', '!./**', '!../**', ...(rule?.packages ?? []).flatMap(allow)],
      message: `${area} may not import this package.`,
    },
  ]
}

/** `node:` stands for all of Node's own modules. */
function allow(name: string): string[] {
  return name === 'node:' ? ['!node:*', '!node:*/**'] : [`!${name}`, `!${name}/**`]
}

/** Matches the imports that lead from a folder into one of the areas. */
function pathsTo(targets: readonly string[], folder: string): string {
  const paths = targets.map((target) => posix.relative(folder, pathOf(target)))
  return `^(?:\\./)?(?:${paths.join('|').replaceAll('.', '\\.')})(?:/|\\.js$|$)`
}

function pathOf(area: string): string {
  if (area.startsWith('console/')) return area.replace('/', '/src/')
  return topLevel.includes(area) ? area : `src/${area}`
}
