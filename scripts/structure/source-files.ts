import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The folders of the product: what the image holds. */
const productFolders = ['src', 'workflows', 'activities']

export interface SourceFile {
  /** From the repository's root, with forward slashes. */
  readonly path: string
  readonly text: string
}

/** Every TypeScript file of these folders, without generated code. */
export function readSourceFiles(root: string, folders: readonly string[] = productFolders): SourceFile[] {
  return folders
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`),
    )
    .filter((path) => path.endsWith('.ts') && !path.startsWith('src/generated/'))
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
}
