import { describe, expect, test } from 'vitest'
import { loadConfig } from '../../src/config/config.js'
import { least, problemsOf } from './support/least.js'

const email = {
  ...least,
  SMTP_URL: 'smtp://tidemark@mail.example.com',
  SMTP_PASSWORD: 'p@ss',
  EMAIL_FROM: 'Data exports <exports@Example.com>',
  PUBLIC_URL: 'https://tidemark.example.com/',
}

describe('the settings of email', () => {
  test('no email is sent without SMTP_URL', () => {
    expect(loadConfig(least).email).toBeUndefined()
    expect(loadConfig({ ...least, EMAIL_FROM: 'a@example.com' }).email).toBeUndefined()
  })

  test('a server, a login, a sender and the base of links are enough', () => {
    expect(loadConfig(email).email).toEqual({
      ...{ host: 'mail.example.com', port: 587, isSecure: false, requiresTls: true, authorities: undefined },
      login: { user: 'tidemark', password: 'p@ss' },
      from: { name: 'Data exports', address: 'exports@example.com' },
      linkBase: 'https://tidemark.example.com',
    })
  })

  test.each([
    ['smtps://mail.example.com', { port: 465, isSecure: true, requiresTls: false, login: undefined }],
    ['smtp://mail.example.com:25', { port: 25, isSecure: false, requiresTls: false, login: undefined }],
    ['smtp://u%40x:p%25@mail.example.com', { requiresTls: true, login: { user: 'u@x', password: 'p%' } }],
    ['smtp://u:p@127.0.0.1:2525', { host: '127.0.0.1', requiresTls: false }],
    ['smtp://[::1]:25', { host: '::1', port: 25 }],
  ])('SMTP_URL=%s means what a URL says', (url, expected) => {
    expect(loadConfig({ ...email, SMTP_URL: url, SMTP_PASSWORD: '' }).email).toMatchObject(expected)
  })

  test.each([
    'mail.example.com',
    'http://mail.example.com',
    'smtp://',
    'smtp://mail.example.com/path',
    'smtp://mail.example.com?pool=true',
    'smtp://mail.example.com#x',
    'smtp://:password@mail.example.com',
    'smtp://u:%zz@mail.example.com',
    'smtp://mail.example.com:99999',
  ])('SMTP_URL=%s is refused, without its value in the message', (url) => {
    expect(problemsOf({ ...email, SMTP_URL: url, SMTP_PASSWORD: '' })).toEqual([
      'SMTP_URL must be smtp://user:password@host:port or smtps://user:password@host:port, without a path',
    ])
  })

  test.each([
    'exports',
    'a@b',
    'A <a@example.com>\r\nBcc: b@example.com',
    '"A" <a@example.com>',
    'a@example.com, b@example.com',
  ])('EMAIL_FROM=%j is refused', (sender) => {
    expect(problemsOf({ ...email, EMAIL_FROM: sender })).toEqual(['EMAIL_FROM must be an address, or Name <address>'])
  })

  test('SMTP_URL needs a sender and the base of links', () => {
    expect(problemsOf({ ...least, SMTP_URL: 'smtp://mail.example.com' })).toEqual([
      'EMAIL_FROM is required with SMTP_URL: the sender of emails',
      'PUBLIC_URL is required with SMTP_URL: emails have links to it',
    ])
  })

  test('a password belongs to a user, and is given once', () => {
    expect(problemsOf({ ...least, SMTP_PASSWORD: 'x' })).toEqual(['SMTP_PASSWORD is set without SMTP_URL'])
    expect(problemsOf({ ...email, SMTP_URL: 'smtp://mail.example.com' })).toEqual([
      'SMTP_PASSWORD needs a user in SMTP_URL: smtp://user@host',
    ])
    expect(problemsOf({ ...email, SMTP_URL: 'smtp://u:p@mail.example.com' })).toEqual([
      'SMTP_PASSWORD is set twice: remove the password from SMTP_URL, or remove this variable',
    ])
    expect(problemsOf({ ...email, SMTP_PASSWORD: 'change-me' })).toEqual([
      'SMTP_PASSWORD is a placeholder: set your own value',
    ])
  })
})
