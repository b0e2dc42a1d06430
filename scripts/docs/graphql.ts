import { readFileSync } from 'node:fs'
import {
  buildSchema,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isIntrospectionType,
  isObjectType,
  isScalarType,
  isSpecifiedScalarType,
  isUnionType,
} from 'graphql'
import { anchor, code, inCell, madeFrom, table } from './markdown.js'

export function graphqlPage(): string {
  const schema = buildSchema(readFileSync('docs/schema.graphql', 'utf8'))
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].filter(
    (type) => type != null,
  )
  const types = Object.values(schema.getTypeMap()).filter(
    (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type) && !roots.some((root) => root === type),
  )
  return `# GraphQL

${madeFrom('[docs/schema.graphql](../schema.graphql)')}

The address is \`/graphql\`, with \`POST\` and a JSON body. A request has one bearer token. [operations.graphql](../examples/operations.graphql)
has an example of each operation; [Front end](../how-to/front-end.md) shows how a web page calls the API.

${roots.map(rootText).join('\n\n')}

## Types

${types.map(typeText).join('\n\n')}
`
}

const titles: Readonly<Record<string, string>> = {
  Query: 'Queries',
  Mutation: 'Mutations',
  Subscription: 'Subscriptions',
}

function rootText(root: GraphQLObjectType): string {
  const fields = Object.values(root.getFields())
  return `## ${titles[root.name]}\n\n${fields.map(operationText).join('\n\n')}`
}

function operationText(field: GraphQLField<unknown, unknown>): string {
  const args = field.args.length === 0 ? '' : `\n\n${inputTable(field.args, 'argument')}`
  return `### ${field.name}\n\n${inCell(field.description ?? '')}\n\nReturns ${linked(field.type)}.${args}`
}

function typeText(type: GraphQLNamedType): string {
  return [`### ${type.name}`, inCell(type.description ?? ''), ...contentOf(type)].join('\n\n')
}

function contentOf(type: GraphQLNamedType): string[] {
  if (isObjectType(type)) {
    const rows = Object.values(type.getFields()).map((field) => [
      code(field.name),
      linked(field.type),
      described(field.description, field.deprecationReason),
    ])
    return [table(['field', 'type', 'meaning'], rows)]
  }
  if (isInputObjectType(type)) return [inputTable(Object.values(type.getFields()), 'field')]
  if (isEnumType(type)) {
    const rows = type
      .getValues()
      .map(({ name, description, deprecationReason }) => [code(name), described(description, deprecationReason)])
    return [table(['value', 'meaning'], rows)]
  }
  if (isUnionType(type)) return [`One of ${type.getTypes().map(linked).join(', ')}.`]
  return isScalarType(type) ? ['A scalar.'] : []
}

function inputTable(inputs: readonly (GraphQLArgument | GraphQLInputField)[], title: string): string {
  const rows = inputs.map(({ name, type, defaultValue, description, deprecationReason }) => [
    code(name),
    linked(type),
    defaultValue === undefined ? '' : code(JSON.stringify(defaultValue)),
    described(description, deprecationReason),
  ])
  return table([title, 'type', 'default', 'meaning'], rows)
}

function described(description: string | null | undefined, deprecation: string | null | undefined): string {
  const text = inCell(description ?? '')
  return deprecation ? `**Deprecated:** ${inCell(deprecation)} ${text}` : text
}

/** The type as GraphQL writes it, linked to its section. */
function linked(type: GraphQLNamedType | GraphQLArgument['type'] | GraphQLField<unknown, unknown>['type']): string {
  const named = getNamedType(type)
  return isSpecifiedScalarType(named) ? code(String(type)) : `[${code(String(type))}](${anchor(named.name)})`
}
