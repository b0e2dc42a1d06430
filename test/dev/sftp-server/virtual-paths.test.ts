import { describe, expect, test } from 'vitest'
import { isFolderName, normalizePath, placeForTenant } from '../../../dev/sftp-server/virtual-paths.js'
import { longName } from '../../../dev/sftp-server/attributes.js'
import { asksToWrite, openFlags } from '../../../dev/sftp-server/open-handles.js'
import { constants } from 'node:fs'

describe('normalizePath', () => {
  test.each([
    ['', '/'],
    ['.', '/'],
    ['exports', '/exports'],
    ['/../../etc/passwd', '/etc/passwd'],
    ['/exports//acme/./2026/..', '/exports/acme'],
  ])('normalizePath reads %j as %j', (given, expected) => expect(normalizePath(given)).toBe(expected))
})

describe('placeForTenant', () => {
  const place = (path: string) => placeForTenant(normalizePath(path), 'acme')

  test("the folders above a tenant's exports show only the way to them", () => {
    expect(place('/')).toEqual({ kind: 'parent', names: ['exports'] })
    expect(place('/exports')).toEqual({ kind: 'parent', names: ['acme'] })
  })

  test("a path below a tenant's exports leads to its files", () => {
    expect(place('/exports/acme')).toEqual({ kind: 'exports', path: '/exports/acme' })
    expect(place('exports/acme/2026/x.csv')).toEqual({ kind: 'exports', path: '/exports/acme/2026/x.csv' })
  })

  test.each([
    '/etc/passwd',
    '/exports/other',
    '/exports/acme2',
    '/exports/acm',
    '/exports/ACME',
    '/exports/acme/../other/x.csv',
    '/exports/acme/.user.csv.part',
    '/exports/acme/.hidden/user.csv',
    '/acme',
  ])("a tenant's path %s leads nowhere", (path) => expect(place(path)).toEqual({ kind: 'nowhere' }))
})

describe('isFolderName', () => {
  test('isFolderName refuses ids that lead to other folders', () => {
    expect(['', '.', '..', 'a/b', '.x', 'a\0'].map(isFolderName)).toEqual([false, false, false, false, false, false])
    expect(isFolderName('acme')).toBe(true)
  })
})

describe('longName', () => {
  const now = new Date('2026-11-23T12:00:00Z')
  const attrs = {
    mode: 0o100640,
    uid: 0,
    gid: 1000,
    size: 1234,
    atime: 0,
    mtime: Date.parse('2026-11-02T09:05:00Z') / 1000,
  }

  test('the long name of a file is a line of ls -l', () => {
    expect(longName('a b.csv', attrs, now)).toBe('-rw-r-----    1 0        1000         1234 Nov  2 09:05 a b.csv')
  })

  test('a long name shows the year of old files, and marks folders', () => {
    const old = { ...attrs, mode: 0o040755, mtime: Date.parse('2025-01-31T00:00:00Z') / 1000 }
    expect(longName('2025', old, now)).toBe('drwxr-xr-x    1 0        1000         1234 Jan 31  2025 2025')
  })
})

describe('openFlags', () => {
  test('openFlags takes the flags that the client requests, and never follows a link', () => {
    const always = constants.O_NOFOLLOW | constants.O_NONBLOCK
    expect(openFlags(0x01)).toBe(always | constants.O_RDONLY)
    expect(openFlags(0x03)).toBe(always | constants.O_RDWR)
    expect(openFlags(0x02 | 0x08 | 0x20)).toBe(always | constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL)
    expect(openFlags(0x02 | 0x08 | 0x10)).toBe(always | constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC)
    expect(openFlags(0x04)).toBe(always | constants.O_WRONLY | constants.O_APPEND)
  })

  test('openFlags distinguishes reading from everything else', () => {
    expect([0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x11].map(asksToWrite)).toEqual([false, ...Array(6).fill(true)])
  })
})
