/**
 * `npm run pictures`: makes the pictures of docs/pictures anew, from a demo that runs now. It needs Chromium on the PATH
 * (`apt-get install chromium`).
 */
import { commandLine, runCommandLine } from '../../src/bin/program.js'

await runCommandLine(
  commandLine('npm run pictures', 'Makes the pictures of docs/pictures from a demo. It needs Chromium on the PATH.')
    .option('--console <folder>', 'makes pictures of every page of the console instead, light, dark and on a phone')
    .action(async ({ console: folder }: { readonly console?: string }) => {
      // Loaded only now: the command line needs no stack.
      const { makePictures } = await import('./make-pictures.js')
      const { makeConsolePictures } = await import('./console.js')
      await (folder === undefined ? makePictures() : makeConsolePictures(folder))
    }),
)
