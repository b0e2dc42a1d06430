import { describe, expect, test } from 'vitest'
import { safeReturnTo } from '../../../src/http/console/return-to.js'

describe('safeReturnTo', () => {
  test.each([
    '/console/',
    '/console/runs/42?tab=entities&after=a%2Fb#errors',
    '/console/logged-in',
    '/console/deliveries?entity=user%20logins',
  ])('the login returns to %s', (path) => {
    expect(safeReturnTo(path)).toBe(path)
  })

  test.each([
    ['nothing', undefined],
    ['a list', ['/console/', '/console/']],
    ['another site', 'https://evil.example/console/'],
    ['another site without a scheme', '//evil.example/console/'],
    ['a path that a browser reads as another site', '/\\evil.example/console/'],
    ['two slashes', '/console//evil.example'],
    ['a backslash', '/console/\\evil.example'],
    ['a line break', '/console/\r\nset-cookie: a=b'],
    ['a tab', '/console/\t/evil.example'],
    ['a null', '/console/\0'],
    ['a page beside the console', '/graphql'],
    ['a page that begins like the console', '/consoles/'],
    ['dots that leave the console', '/console/../export'],
    ['encoded dots that leave the console', '/console/%2e%2e/export'],
    ['the login itself, which would never end', '/console/login'],
    ['a script', 'javascript:alert(1)'],
    ['letters beyond ASCII', '/console/ü'],
    ['too long a path', `/console/${'a'.repeat(2_000)}`],
  ])('the login returns to the start page in place of %s', (_, given) => {
    expect(safeReturnTo(given)).toBe('/console/')
  })
})
