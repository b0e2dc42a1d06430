import { parseValue } from 'graphql'
import { describe, expect, test } from 'vitest'
import { BigInteger, DateTime, EntityList } from '../../src/graphql/scalars.js'

describe('EntityList', () => {
  test.each<[unknown, string]>([
    ['user, user logins', '"user, user logins"'],
    [['user', 'user logins'], '["user", "user logins"]'],
    [[], '[]'],
    ['', '""'],
    ['USER', 'USER'],
    [['USER', 'USER_LOGINS'], '[USER, USER_LOGINS]'],
  ])('EntityList accepts %j as a variable and as a literal', (value, literal) => {
    expect(EntityList.parseValue(value)).toEqual(value)
    expect(EntityList.parseLiteral(parseValue(literal))).toEqual(value)
  })

  test.each<[unknown, string]>([
    [7, '7'],
    [{ name: 'user' }, '{name: "user"}'],
    [['user', 7], '["user", 7]'],
    [['user', null], '["user", null]'],
    [[['user']], '[["user"]]'],
    [true, 'true'],
  ])('EntityList refuses %j as a variable and as a literal, and says what it accepts', (value, literal) => {
    const message = /takes a list of names, \["user", "user logins"\], or one string/
    expect(() => EntityList.parseValue(value)).toThrow(message)
    expect(() => EntityList.parseLiteral(parseValue(literal))).toThrow(message)
  })
})

describe('BigInteger', () => {
  test('BigInteger is a number while that is exact, and a string of digits beyond', () => {
    expect(BigInteger.serialize(9_007_199_254_740_991n)).toBe(9_007_199_254_740_991)
    expect(BigInteger.serialize(9_007_199_254_740_993n)).toBe('9007199254740993')
  })
})

describe('DateTime', () => {
  test('DateTime is ISO 8601 in UTC', () => {
    expect(JSON.stringify(DateTime.serialize(new Date('2026-11-23T01:00:00+01:00')))).toBe('"2026-11-23T00:00:00.000Z"')
  })
})
