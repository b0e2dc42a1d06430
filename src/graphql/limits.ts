import type { GraphQLRequest, GraphQLRequestContextDidResolveOperation } from '@apollo/server'
import {
  type ValidationContext,
  type ASTVisitor,
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
  visit,
} from 'graphql'
import {
  type ComplexityEstimator,
  type ComplexityEstimatorArgs,
  fieldExtensionsEstimator,
  getComplexity,
  simpleEstimator,
} from 'graphql-query-complexity'
import { mostExportDays } from '../domain/export-day.js'

/** The maximum number of tokens in a document. The example operations together have about 1,000. */
export const maxTokens = 2_000
/** The maximum number of fields in an answer, as estimated from the document. A page of 100 runs with all fields of 26 entities is below it. */
const maxComplexity = 100_000

/** A mutation writes to the database and to Temporal. With this cost, a document can hold at most nine mutations. */
const mutationCost = 11_000
/** Further limits of a document. The example operations and the introspection query of tools are far below them. */
const documentLimits = { depth: 20, aliases: 50, directives: 20 } as const

type Complexity = (options: ComplexityEstimatorArgs) => number

/** The cost of a list that is expected to have `length` items. */
export function listComplexity(length: number): Complexity {
  return ({ childComplexity }) => 1 + length * childComplexity
}

/** The cost of a JSON object of any form. A registration in an audit event has about 2 KB, as much as 100 fields. */
export const jsonComplexity = 100

/** The cost of a list with one item for each entity. */
export const entitiesComplexity = listComplexity(26)

/** The database reads the files of each day, also if the query requests little of a day. */
const dayCost = 15

/** The cost of a list with one item for each day of the arguments `from` and `to`. A range that is too long is refused later. */
export const daysComplexity: Complexity = ({ args, childComplexity }) => {
  const { from, to } = args as { readonly from?: unknown; readonly to?: unknown }
  const days = from instanceof Date && to instanceof Date ? (to.getTime() - from.getTime()) / 86_400_000 + 1 : 1
  return 1 + Math.min(Math.max(days, 1), mostExportDays) * (dayCost + childComplexity)
}

/** The cost of a list whose length is its argument `first` or `last`. */
export function pageComplexity(defaultLength: number): Complexity {
  return ({ args, childComplexity }) => {
    const length: unknown = args['first'] ?? args['last'] ?? defaultLength
    return 1 + Math.max(typeof length === 'number' ? length : defaultLength, 1) * childComplexity
  }
}

/**
 * A validation rule that refuses a document above the limits. A test checks that no type of the schema contains itself.
 * So only fragments and unknown fields can make a document deep.
 */
export function documentLimitsRule(context: ValidationContext): ASTVisitor {
  return {
    Document(document) {
      const measured = measure(document)
      for (const [what, most] of Object.entries(documentLimits)) {
        const has = measured[what as keyof typeof documentLimits]
        const size = what === 'depth' ? `a depth of ${has}` : `${has} ${what}`
        const message = `The document has ${size}; the maximum is ${most}. Request less at a time.`
        if (has > most) context.reportError(new GraphQLError(message))
      }
    },
  }
}

function measure(document: DocumentNode): Record<keyof typeof documentLimits, number> {
  let aliases = 0
  let directives = 0
  visit(document, {
    Field: ({ alias }) => void (aliases += alias ? 1 : 0),
    Directive: () => void (directives += 1),
  })
  return { depth: depthOf(document), aliases, directives }
}

/** How deep selection sets are nested, including fragments. Another rule refuses a fragment that contains itself. */
function depthOf({ definitions }: DocumentNode): number {
  const fragments = new Map<string, FragmentDefinitionNode>(
    definitions.flatMap((each) => (each.kind === Kind.FRAGMENT_DEFINITION ? [[each.name.value, each] as const] : [])),
  )
  const known = new Map<string, number>()
  const ofFragment = (name: string): number => {
    const before = known.get(name)
    if (before !== undefined) return before
    known.set(name, 0)
    const depth = ofSet(fragments.get(name)?.selectionSet)
    known.set(name, depth)
    return depth
  }
  const ofSet = (set: SelectionSetNode | undefined): number =>
    set ? 1 + Math.max(...set.selections.map(ofSelection)) : 0
  const ofSelection = (node: SelectionNode): number =>
    node.kind === Kind.FRAGMENT_SPREAD ? ofFragment(node.name.value) : ofSet(node.selectionSet)
  const sets = definitions.flatMap((each) => ('selectionSet' in each ? [each.selectionSet] : []))
  return Math.max(...sets.map(ofSet))
}

/** The maximum number of lines in a document: twice the maximum number of tokens, to leave room for comments. */
const maxLines = 4_000

/**
 * Limits the number of lines in a document. For each of up to 100 errors, GraphQL counts the lines before it again.
 * @throws GraphQLError if the document has more lines
 */
export function requireFewLines(document: unknown): void {
  if (typeof document !== 'string' || document.length <= maxLines) return
  let lines = 1
  for (const lineEnd of ['\n', '\r']) {
    for (let at = document.indexOf(lineEnd); at >= 0; at = document.indexOf(lineEnd, at + 1)) lines += 1
  }
  if (lines <= maxLines) return
  const message = `The document has more than ${maxLines} lines. Remove empty lines and comments.`
  throw new GraphQLError(message, { extensions: { code: 'OPERATION_TOO_LARGE', http: { status: 400 } } })
}

/** @throws GraphQLError if the operation costs too much */
export function requireAffordable({
  schema,
  document,
  request,
}: Pick<GraphQLRequestContextDidResolveOperation<object>, 'schema' | 'document' | 'request'>): void {
  const cost = costOf(schema, document, request)
  if (cost <= maxComplexity) return
  const message =
    `The operation could return ${cost} fields, where a mutation counts as ${mutationCost}; ` +
    `the maximum is ${maxComplexity}. Request fewer fields, or a shorter page.`
  throw new GraphQLError(message, { extensions: { code: 'OPERATION_TOO_LARGE', http: { status: 400 } } })
}

const mutationEstimator: ComplexityEstimator = ({ type, childComplexity }) =>
  type.name === 'Mutation' ? mutationCost + childComplexity : undefined

function costOf(schema: GraphQLSchema, query: DocumentNode, request: GraphQLRequest): number {
  try {
    return getComplexity({
      schema,
      query,
      variables: request.variables ?? {},
      ...(request.operationName ? { operationName: request.operationName } : {}),
      estimators: [fieldExtensionsEstimator(), mutationEstimator, simpleEstimator({ defaultComplexity: 1 })],
    })
  } catch (error) {
    // Variables with wrong types fail here before the execution would refuse them.
    if (!(error instanceof GraphQLError)) throw error
    throw new GraphQLError(error.message, {
      ...(error.nodes ? { nodes: error.nodes } : {}),
      extensions: { code: 'BAD_USER_INPUT', http: { status: 400 } },
    })
  }
}
