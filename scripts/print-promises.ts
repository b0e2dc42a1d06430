/**
 * Prints docs/reference/promises.md anew. A test compares the page with the titles of the tests, so run this after a change of
 * a title that names a promise: `npx tsx scripts/print-promises.ts`.
 */
import { writeFileSync } from 'node:fs'
import { format, resolveConfig } from 'prettier'
import { promisesPage, readTests } from './promises-page.js'

const path = 'docs/reference/promises.md'
writeFileSync(path, await format(promisesPage(readTests('test')), { ...(await resolveConfig(path)), filepath: path }))
