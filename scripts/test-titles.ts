import { parseSync } from '@swc/core'

/** The titles of the calls of some functions, such as `test(…)` and `test.each(…)(…)`, in their order. */
export function titlesOf(source: string, functions: readonly string[]): string[] {
  return [...titlesIn(parseSync(source, { syntax: 'typescript', decorators: true, target: 'es2022' }), functions)]
}

function* titlesIn(node: unknown, functions: readonly string[]): Generator<string> {
  if (typeof node !== 'object' || node === null) return
  if (isNode(node, 'CallExpression') && isCallOf(node['callee'], functions) && Array.isArray(node['arguments'])) {
    const text = textOf((node['arguments'][0] as { expression?: unknown } | undefined)?.expression)
    if (text !== undefined) yield text
  }
  for (const child of Object.values(node)) yield* titlesIn(child, functions)
}

function isCallOf(callee: unknown, functions: readonly string[]): boolean {
  if (isNode(callee, 'Identifier')) return functions.includes(String(callee['value']))
  if (isNode(callee, 'MemberExpression')) return isCallOf(callee['object'], functions)
  return isNode(callee, 'CallExpression') && isCallOf(callee['callee'], functions)
}

/** A text, with `…` for each value in a template. */
function textOf(node: unknown): string | undefined {
  if (isNode(node, 'StringLiteral')) return String(node['value'])
  if (!isNode(node, 'TemplateLiteral') || !Array.isArray(node['quasis'])) return undefined
  return node['quasis'].map((part: { raw: string }) => part.raw).join('…')
}

function isNode(value: unknown, type: string): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && 'type' in value && value.type === type
}
