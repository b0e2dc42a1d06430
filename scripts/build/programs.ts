import { join } from 'node:path'
import { build } from 'vite'
import { temporalWorker } from './temporal-worker.js'

/** Packages that look for native or WebAssembly code in their own folder. */
const native = ['ssh2', 'cpu-features', 'source-map']

/** Packages that others use only where they are installed. */
const missing = ['class-validator']

export const services = { api: 'src/bin/api.js', worker: 'src/bin/worker.js', cli: 'src/bin/cli.js' }

/**
 * Bundles the programs with all that they import into few files: Node finds, reads and compiles hundreds of files slowly. What a
 * program imports later stays in files of its own. Names and lines of the code stay as they are, so that a stack trace is readable.
 * @param from the folder with the compiled code
 * @param to the folder for the bundle. Its files are in `src/bin` and `src/chunks`, so that paths from the code to files beside
 * `src` lead there.
 * @param programs compiled files by their names in `src/bin`
 */
export async function bundlePrograms(
  from: string,
  to: string,
  programs: Readonly<Record<string, string>> = services,
): Promise<void> {
  const own = Object.entries(programs).map(([name, file]) => [name, join(from, file)])
  await build({
    configFile: false,
    envFile: false,
    logLevel: 'error',
    publicDir: false,
    plugins: temporalWorker.plugins,
    // `import` and `require` get the same copy of a package.
    resolve: { mainFields: ['main', 'module'], conditions: ['node', 'import'] },
    ssr: { noExternal: true, external: native, target: 'node' },
    build: {
      ssr: true,
      target: 'node20',
      outDir: join(to, 'src'),
      emptyOutDir: false,
      minify: false,
      rolldownOptions: {
        input: { ...Object.fromEntries(own), ...temporalWorker.threads },
        external: missing,
        output: { format: 'esm', entryFileNames: 'bin/[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
      },
    },
  })
}
