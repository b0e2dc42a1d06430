import { readFileSync } from 'node:fs'

/**
 * The operations that Apollo Sandbox opens with; a test runs each of them. They contain no `<`, because Apollo's page puts
 * them into a script.
 */
export const exampleOperations = readFileSync(
  new URL('../../docs/examples/operations.graphql', import.meta.url),
  'utf8',
)
