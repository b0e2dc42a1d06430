/** Builds what the image runs into `dist`: compiled code, the files that it reads, the console, the workflows as one bundle. */
import { spawnSync } from 'node:child_process'
import { cpSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { bundleWorkflowCode } from '@temporalio/worker'
import { workflowTracing } from '../src/telemetry/workflow-tracing.js'
import { commandLine, runCommandLine } from '../src/bin/program.js'

const root = join(import.meta.dirname, '..')
const dist = join(root, 'dist')

function compile(): void {
  const typescript = dirname(createRequire(import.meta.url).resolve('typescript/package.json'))
  const args = [join(typescript, 'bin/tsc'), '-p', join(root, 'tsconfig.build.json')]
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' })
  if (status !== 0) throw new Error('The TypeScript compiler found errors.')
}

/** Files that the code reads relative to itself, with the same path from `src/x` as from `dist/src/x`. */
function copyFiles(): void {
  for (const path of ['prisma/migrations', 'docs/examples/operations.graphql', 'package.json']) {
    cpSync(join(root, path), join(dist, path), { recursive: true })
  }
  // `npm run build` has built it (scripts/setup.mjs).
  cpSync(join(root, 'console/dist'), join(dist, 'console'), { recursive: true })
}

/**
 * Bundled now, so that a worker starts without webpack, and every worker of an image runs the same code. The second bundle is for
 * workers that send traces.
 */
async function bundleWorkflows(): Promise<void> {
  await bundle('workflow-bundle.js', [])
  await bundle('workflow-bundle-traced.js', [workflowTracing()])
}

async function bundle(name: string, workflowInterceptorModules: string[]): Promise<void> {
  const logger = { trace() {}, debug() {}, info() {}, warn: console.warn, error: console.error, log() {} }
  const workflowsPath = join(dist, 'workflows/index.js')
  const { code } = await bundleWorkflowCode({ workflowsPath, workflowInterceptorModules, logger })
  writeFileSync(join(dist, name), code)
}

await runCommandLine(
  commandLine('npm run build', 'Builds what the image runs into dist.').action(async () => {
    rmSync(dist, { recursive: true, force: true })
    compile()
    copyFiles()
    await bundleWorkflows()
  }),
)
