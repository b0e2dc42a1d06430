/**
 * The command line of scripts in plain JavaScript, which run without TypeScript's tools: prints the usage for
 * `--help`, refuses every word that is not known, with exit code 2, and gives the words.
 */
export function readKnownWords(usage, known = []) {
  const words = process.argv.slice(2)
  if (words.some((word) => word === '--help' || word === '-h')) {
    console.log(usage)
    process.exit(0)
  }
  const unknown = words.filter((word) => !known.includes(word))
  if (unknown.length > 0) {
    console.error(`error: unknown words: ${unknown.join(' ')}\n\n${usage}`)
    process.exit(2)
  }
  return words
}
