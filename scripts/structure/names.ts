import type { SourceFile } from './source-files.js'

const declaration =
  /^export (?:declare )?(?:async )?(?:abstract )?(?:function\*?|const|class|interface|type|enum) (\w+)/gm

/** Names that more than one file declares and exports, with the files. */
export function namesDefinedTwice(files: readonly SourceFile[]): Map<string, string[]> {
  const places = new Map<string, string[]>()
  for (const { path, text } of files) {
    for (const name of new Set([...text.matchAll(declaration)].map(([, found = '']) => found))) {
      places.set(name, [...(places.get(name) ?? []), path])
    }
  }
  return new Map([...places].filter(([, paths]) => paths.length > 1))
}
