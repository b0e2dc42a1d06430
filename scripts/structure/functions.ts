import { parseSync } from '@swc/core'

const functionTypes = new Set([
  'FunctionDeclaration',
  'FunctionExpression',
  'ArrowFunctionExpression',
  'ClassMethod',
  'PrivateMethod',
  'MethodProperty',
  'Constructor',
])

interface Span {
  readonly start: number
  readonly end: number
}

/** The length in lines of every function of a file, nested ones too. */
export function functionLengths(text: string): number[] {
  const bytes = Buffer.from(text)
  const program = parseSync(text, { syntax: 'typescript', decorators: true, target: 'es2022' })
  const lengths: number[] = []
  const origin = program.span.start - leadingBytes(text)
  visit(program, ({ start, end }) => {
    const own = bytes.subarray(start - origin, end - origin)
    lengths.push(own.filter((byte) => byte === 0x0a).length + 1)
  })
  return lengths
}

/** The program's span begins at its first token: comments and blank lines before it are not in it. */
function leadingBytes(text: string): number {
  const [before = ''] = /^(?:\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/.exec(text) ?? []
  return Buffer.byteLength(before)
}

function visit(node: unknown, onFunction: (span: Span) => void): void {
  if (Array.isArray(node)) return node.forEach((each) => visit(each, onFunction))
  if (typeof node !== 'object' || node === null) return
  const { type, span } = node as { type?: string; span?: Span }
  if (type !== undefined && span !== undefined && functionTypes.has(type)) onFunction(span)
  for (const value of Object.values(node)) visit(value, onFunction)
}
