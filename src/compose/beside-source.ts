import { fileURLToPath } from 'node:url'

/** The path of a file beside `src`, in the repository as in the image. */
export function besideSource(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url))
}
