import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bundleWorkflowCode } from '@temporalio/worker'
import { workflowTracing } from '../../src/telemetry/workflow-tracing.js'

/**
 * Bundled now, so that a worker starts without webpack, and every worker of an image runs the same code. The second bundle is for
 * workers that send traces.
 * @param from the folder with the compiled code
 */
export async function bundleWorkflows(from: string, to: string): Promise<void> {
  const workflowsPath = join(from, 'workflows/index.js')
  await bundle(workflowsPath, join(to, 'workflow-bundle.js'), [])
  await bundle(workflowsPath, join(to, 'workflow-bundle-traced.js'), [workflowTracing()])
}

async function bundle(workflowsPath: string, file: string, workflowInterceptorModules: string[]): Promise<void> {
  const logger = { trace() {}, debug() {}, info() {}, warn: console.warn, error: console.error, log() {} }
  const { code } = await bundleWorkflowCode({ workflowsPath, workflowInterceptorModules, logger })
  writeFileSync(file, code)
}
