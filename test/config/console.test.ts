import { describe, expect, test } from 'vitest'
import { loadConfig } from '../../src/config/config.js'
import { least, problemsOf } from './support/least.js'

const console = { ...least, CONSOLE_CLIENT_ID: 'tidemark-console' }

describe('the settings of the console', () => {
  test('there is no console without a client', () => {
    expect(loadConfig(least).console).toBeUndefined()
    expect(loadConfig({ ...least, CONSOLE_IDLE_MINUTES: '5' }).console).toBeUndefined()
  })

  test('a client is enough on this machine, and a login requests all scopes with the prefix of the issuer', () => {
    expect(loadConfig(console).console).toEqual({
      clientId: 'tidemark-console',
      clientSecret: undefined,
      scopes: ['openid', 'profile', 'offline_access', 'exports:read', 'exports:write', 'exports:operate'],
      loginParameters: {},
      idleMinutes: 30,
      maxHours: 12,
      stepUpMinutes: 15,
    })
    expect(loadConfig({ ...console, OAUTH_SCOPE_PREFIX: 'tidemark/' }).console?.scopes).toContain(
      'tidemark/exports:read',
    )
  })

  test('the settings have the values that the variables give', () => {
    const given = {
      PUBLIC_URL: 'https://tidemark.example.com',
      CONSOLE_CLIENT_SECRET: 'of the client',
      CONSOLE_SCOPES: 'openid  api://tidemark/exports.read',
      CONSOLE_LOGIN_PARAMETERS: 'audience=tidemark&prompt=select_account',
      CONSOLE_IDLE_MINUTES: '10',
      CONSOLE_MAX_HOURS: '8',
      CONSOLE_STEP_UP_MINUTES: '5',
    }
    expect(loadConfig({ ...console, ...given }).console).toEqual({
      clientId: 'tidemark-console',
      clientSecret: 'of the client',
      scopes: ['openid', 'api://tidemark/exports.read'],
      loginParameters: { audience: 'tidemark', prompt: 'select_account' },
      idleMinutes: 10,
      maxHours: 8,
      stepUpMinutes: 5,
    })
  })

  test.each([
    ['state=of+my+own'],
    ['redirect_uri=https://evil.example'],
    ['audience'],
    ['=tidemark'],
    ['scope=all&audience=tidemark'],
  ])('the parameter %s of a login is refused', (value) => {
    expect(problemsOf({ ...console, CONSOLE_LOGIN_PARAMETERS: value })).toEqual([
      'CONSOLE_LOGIN_PARAMETERS must be name=value pairs, separated by &, and no parameter that Tidemark sets itself',
    ])
  })

  test('a console for other machines needs the URL of the service, which has no path', () => {
    expect(problemsOf({ ...console, HOST: '0.0.0.0' })).toEqual([
      'PUBLIC_URL is required with CONSOLE_CLIENT_ID: the issuer sends users back to this URL',
    ])
    expect(problemsOf({ ...console, PUBLIC_URL: 'https://example.com/tidemark' })).toEqual([
      'PUBLIC_URL must have no path if CONSOLE_CLIENT_ID is set: the console is at /console/ of its host',
    ])
    expect(problemsOf({ ...least, PUBLIC_URL: 'https://example.com/tidemark' })).toEqual([])
  })
})
