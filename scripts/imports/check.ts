import { spawnSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { oxlintConfig } from './config.js'

const oxlint = join(import.meta.dirname, '../../node_modules/.bin/oxlint')

export interface ImportReport {
  readonly files: number
  /** One sentence each, sorted; empty if every import is allowed and no files import each other in a circle. */
  readonly violations: readonly string[]
}

interface OxlintReport {
  readonly number_of_files: number
  readonly diagnostics: readonly {
    readonly message: string
    readonly help?: string
    readonly filename: string
    readonly labels: readonly { readonly span: { readonly line: number } }[]
  }[]
}

/** Checks the imports of folders of a repository against the table (`table.ts`). */
export function checkImports(root: string, folders: readonly string[]): ImportReport {
  // oxlint matches the paths of a configuration from the folder that it is in.
  const config = join(root, `.oxlint-imports-${process.pid}.json`)
  try {
    writeFileSync(config, JSON.stringify(oxlintConfig))
    const { stdout, stderr } = spawnSync(oxlint, ['--config', config, '--format', 'json', ...folders], {
      cwd: root,
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    })
    return readReport(stdout, stderr)
  } finally {
    rmSync(config)
  }
}

function readReport(stdout: string, stderr: string): ImportReport {
  if (!stdout.startsWith('{')) throw new Error(`oxlint could not check the imports: ${stdout}${stderr}`)
  const { number_of_files: files, diagnostics } = JSON.parse(stdout) as OxlintReport
  const violations = diagnostics.map(({ filename, labels, message, help }) =>
    `${filename}:${labels[0]?.span.line}: ${message} ${help ?? ''}`.trim(),
  )
  return { files, violations: violations.toSorted() }
}
