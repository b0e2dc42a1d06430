import type { Catalog } from '../../src/domain/entity.js'
import { openApiDocument } from '../../src/rest/openapi.js'
import { anchor, code, inCell, madeFrom, table } from './markdown.js'

/** What this page reads of an OpenAPI document. */
interface Schema {
  readonly type?: string | readonly string[]
  readonly $ref?: string
  readonly description?: string
  readonly enum?: readonly string[]
  readonly default?: unknown
  readonly format?: string
  readonly items?: Schema
  readonly oneOf?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly examples?: readonly unknown[]
}
interface Response {
  readonly $ref?: string
  readonly description?: string
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>
}
interface Operation {
  readonly summary: string
  readonly description: string
  readonly parameters: readonly { name: string; in: string; description: string; schema: Schema }[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> }
  readonly responses: Readonly<Record<string, Response>>
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: {
    readonly responses: Readonly<Record<string, Response>>
    readonly schemas: Readonly<Record<string, Schema>>
  }
}

export function restPage(catalog: Catalog): string {
  // As it is served.
  const document = JSON.parse(JSON.stringify(openApiDocument(catalog))) as Document
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) =>
      operationText(`${method.toUpperCase()} ${path}`, operation, document),
    ),
  )
  return `# REST

${madeFrom('[src/rest/openapi.ts](../../src/rest/openapi.ts)')}

The API serves the same document as OpenAPI 3.1 at \`/openapi.json\`. A request has one bearer token.
[rest.http](../examples/rest.http) has an example of each request. An error is \`application/problem+json\` (RFC 9457).

${operations.join('\n\n')}

## Schemas

${Object.entries(document.components.schemas).map(schemaText).join('\n\n')}
`
}

function operationText(title: string, operation: Operation, { components }: Document): string {
  const parameters = operation.parameters.map(({ name, in: where, schema, description }) => [
    code(name),
    where,
    typeOf(schema),
    shown(schema.default),
    inCell(description),
  ])
  const body = operation.requestBody?.content['application/json']?.schema
  const responses = Object.entries(operation.responses).map(([status, response]) => {
    const { description = '', content = {} } = resolve(response, components.responses)
    const [schema] = Object.values(content)
    return [status, schema ? typeOf(schema.schema) : '', inCell(description)]
  })
  return [
    `## ${title}`,
    `${operation.summary}. ${operation.description}`,
    table(['parameter', 'in', 'type', 'default', 'meaning'], parameters),
    ...(body ? [`The body is a ${typeOf(body)}.`] : []),
    table(['status', 'body', 'meaning'], responses),
  ].join('\n\n')
}

function resolve(response: Response, responses: Readonly<Record<string, Response>>): Response {
  return response.$ref === undefined ? response : (responses[lastOf(response.$ref)] ?? response)
}

function schemaText([name, schema]: [string, Schema]): string {
  const title = `### ${name}\n\n${inCell(schema.description ?? '')}`
  if (!schema.properties) return `${title}\n\nOne of ${(schema.enum ?? []).map(code).join(', ')}.`
  const rows = Object.entries(schema.properties).map(([field, property]) => [
    code(field),
    typeOf(property),
    schema.required?.includes(field) ? 'yes' : '',
    shown(property.default),
    inCell(property.description ?? ''),
  ])
  const examples = (schema.examples ?? []).map(
    (example) => `An example:\n\n\`\`\`json\n${JSON.stringify(example, null, 2)}\n\`\`\``,
  )
  return [title, table(['field', 'type', 'required', 'default', 'meaning'], rows), ...examples].join('\n\n')
}

function typeOf(schema: Schema): string {
  if (schema.$ref !== undefined) return `[${code(lastOf(schema.$ref))}](${anchor(lastOf(schema.$ref))})`
  if (schema.oneOf) return schema.oneOf.map(typeOf).join(' or ')
  if (schema.enum) return schema.enum.map((value) => code(JSON.stringify(value))).join(', ')
  if (schema.items) return `list of ${typeOf(schema.items)}`
  if (schema.properties) return `object with ${Object.keys(schema.properties).map(code).join(', ')}`
  return [schema.type ?? 'any'].flat().join(' or ') + (schema.format ? ` (${schema.format})` : '')
}

const shown = (value: unknown): string => (value === undefined ? '' : code(JSON.stringify(value)))
const lastOf = (ref: string): string => ref.slice(ref.lastIndexOf('/') + 1)
