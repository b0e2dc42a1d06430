/** The page to which a login returns when it names none, or one that is not part of the console. */
export const startPage = '/console/'
const longest = 2_000

/** Only a path of the console: anything else could lead a user who has just logged in to another site. */
export function safeReturnTo(given: unknown): string {
  if (typeof given !== 'string' || given.length > longest) return startPage
  const isPlain = /^\/console\/[\x21-\x5b\x5d-\x7e]*$/.test(given) && !given.includes('//')
  if (!isPlain) return startPage
  // A browser resolves dots: /console/../export is not a page of the console.
  const { pathname, search, hash, origin } = new URL(given, 'https://console.invalid')
  const isInside =
    origin === 'https://console.invalid' && pathname.startsWith(startPage) && !pathname.startsWith('/console/login')
  return isInside ? pathname + search + hash : startPage
}
