import { posix } from 'node:path'
import { type Import, parseImports } from './parse.js'
import { importTable, type ImportRule } from './table.js'

/** TypeScript sources by their path from the repository's root, with forward slashes. */
export type Sources = ReadonlyMap<string, string>

/** What the sources do against the table, one sentence each; empty where all is well. */
export function findViolations(sources: Sources): string[] {
  const imports = new Map([...sources].map(([file, source]) => [file, parseImports(source)]))
  const forbidden = [...imports].flatMap(([file, list]) => list.flatMap((item) => violation(file, item) ?? []))
  return [...new Set(forbidden), ...findCycles(imports)]
}

function violation(file: string, { specifier, typeOnly }: Import): string | undefined {
  const area = areaOf(file)
  const rule = importTable[area]
  if (!rule) return `the area ${area} has no row in the table of imports`
  if (!specifier.startsWith('.')) {
    return rule.packages.includes(packageOf(specifier)) ? undefined : `${file}: ${area} may not import ${specifier}`
  }
  const target = areaOf(posix.join(posix.dirname(file), specifier))
  if (target === area || rule.areas.includes(target)) return undefined
  return typesViolation(file, area, rule, target, typeOnly)
}

function typesViolation(file: string, area: string, rule: ImportRule, target: string, typeOnly: boolean) {
  const typesAllowed = rule.typesOf?.includes(target) ?? false
  if (typesAllowed && typeOnly) return undefined
  return `${file}: ${area} may ${typesAllowed ? `only \`import type\` from` : 'not import'} ${target}`
}

/** `src/domain/window.ts` → `domain`, `src/contracts.ts` → `contracts`, `workflows/index.ts` → `workflows`. */
function areaOf(file: string): string {
  const [top = '', next = ''] = file.split('/')
  return top === 'src' ? next.replace(/\.[jt]s$/, '') : top
}

/** `pg/lib/x` → `pg`, `@apollo/server/plugin` → `@apollo/server`, `node:fs/promises` → `node:`. */
function packageOf(specifier: string): string {
  if (specifier.startsWith('node:')) return 'node:'
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
}

/** Files that import each other in a circle, by types too. */
function findCycles(imports: ReadonlyMap<string, readonly Import[]>): string[] {
  const done = new Set<string>()
  const cycles: string[] = []
  const visit = (file: string, path: readonly string[]): void => {
    const start = path.indexOf(file)
    if (start >= 0) cycles.push(`import cycle: ${[...path.slice(start), file].join(' → ')}`)
    if (start >= 0 || done.has(file)) return
    for (const target of importedBy(file, imports)) visit(target, [...path, file])
    done.add(file)
  }
  for (const file of imports.keys()) visit(file, [])
  return cycles
}

function importedBy(file: string, imports: ReadonlyMap<string, readonly Import[]>): string[] {
  return (imports.get(file) ?? [])
    .filter(({ specifier }) => specifier.startsWith('.'))
    .map(({ specifier }) => posix.join(posix.dirname(file), specifier).replace(/\.js$/, '.ts'))
    .filter((target) => imports.has(target))
}
