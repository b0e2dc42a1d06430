import type { Plugin } from 'vite'

/** Changes of a file of Temporal's SDK that finds other files relative to itself (docs/reference/internals.md). */
function change(file: string, changed: (code: string) => string): Plugin {
  return {
    name: `tidemark:${file}`,
    transform: {
      filter: { id: new RegExp(`/@temporalio/${file.replaceAll('.', '\\.')}$`) },
      handler: changed,
    },
  }
}

function replace(file: string, before: string, after: string): Plugin {
  return change(file, (code) => {
    if (code.split(before).length !== 2) throw new Error(`@temporalio/${file} does not have ${before} exactly once.`)
    return code.replace(before, after)
  })
}

/** The programs have the workflows as a bundle, so webpack is neither loaded nor needed. */
const withoutWebpack = `
  const refuse = () => { throw new Error('This build has its workflows bundled, and bundles no others.') }
  exports.defaultWorkflowInterceptorModules = []
  exports.bundleWorkflowCode = refuse
  exports.WorkflowCodeBundler = refuse`

/** What lets Temporal's worker run from a bundle. */
export const temporalWorker = {
  plugins: [
    change('worker/lib/workflow/bundler.js', () => withoutWebpack),
    replace('worker/lib/workflow/threaded-vm.js', "'./workflow-worker-thread'", "'../bin/workflow-worker-thread.js'"),
    replace(
      'core-bridge/common.js',
      '__dirname',
      "path.dirname(require.resolve('@temporalio/core-bridge/package.json'))",
    ),
  ],
  /** The files of threads, which no program imports. */
  threads: { 'workflow-worker-thread': '@temporalio/worker/lib/workflow/workflow-worker-thread.js' },
}
