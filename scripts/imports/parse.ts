import { type Module, parseSync } from '@swc/core'

/** One `import`, `export … from` or `import()` of a file. */
export interface Import {
  /** As written: `../domain/window.js`, `node:fs`, `pg`. */
  readonly specifier: string
  /** Whether it is erased when compiled, so that nothing is loaded when the program runs. */
  readonly typeOnly: boolean
}

/** Every import of a TypeScript file, static, dynamic and within types. */
export function parseImports(source: string): Import[] {
  const module = parseSync(source, { syntax: 'typescript', decorators: true, target: 'es2022' })
  return [...declaredImports(module), ...nestedImports(module)]
}

function* declaredImports(module: Module): Generator<Import> {
  for (const item of module.body) {
    if (item.type === 'ImportDeclaration') yield { specifier: item.source.value, typeOnly: item.typeOnly }
    // `import { type A } from` is not erased: with verbatimModuleSyntax the module is still loaded.
    if (item.type === 'ExportAllDeclaration') yield { specifier: item.source.value, typeOnly: isTypeOnly(item) }
    if (item.type === 'ExportNamedDeclaration' && item.source) {
      yield { specifier: item.source.value, typeOnly: isTypeOnly(item) }
    }
  }
}

function isTypeOnly(item: object): boolean {
  return 'typeOnly' in item && item.typeOnly === true
}

/** `import('x')` in an expression, which loads x, and in a type, which doesn't. They may stand anywhere. */
function* nestedImports(node: unknown): Generator<Import> {
  if (typeof node !== 'object' || node === null) return
  if (isNode(node, 'CallExpression') && isNode(node.callee, 'Import') && Array.isArray(node.arguments)) {
    const specifier = literal(node.arguments[0])
    if (specifier !== undefined) yield { specifier, typeOnly: false }
  }
  if (isNode(node, 'TsImportType')) {
    const specifier = literal({ expression: node.argument })
    if (specifier !== undefined) yield { specifier, typeOnly: true }
  }
  for (const child of Object.values(node)) yield* nestedImports(child)
}

type Node = Readonly<Record<string, unknown>>

function isNode(value: unknown, type: string): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && value.type === type
}

function literal(argument: unknown): string | undefined {
  if (typeof argument !== 'object' || argument === null || !('expression' in argument)) return undefined
  const { expression } = argument
  return isNode(expression, 'StringLiteral') && typeof expression.value === 'string' ? expression.value : undefined
}
