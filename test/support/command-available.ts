import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Whether a program is on this machine. Where it is not, says plainly which tests do not run. */
export async function commandAvailable(command: string, tests: string): Promise<boolean> {
  return run('which', [command]).then(
    () => true,
    () => {
      console.warn(`DID NOT RUN: ${tests}: there is no \`${command}\` on the PATH`)
      return false
    },
  )
}

/** Whether python3 has a module. */
export async function pythonHas(module: string, tests: string): Promise<boolean> {
  return run('python3', ['-c', `import ${module}`]).then(
    () => true,
    () => {
      console.warn(`DID NOT RUN: ${tests}: there is no python3 with the module \`${module}\``)
      return false
    },
  )
}
