import { setImmediate as nextRound } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { Rounds, roundsBetween } from '../../src/source/rounds.js'

test('a read that is alone goes on in the same round, and again once the others have ended', async () => {
  const rounds = new Rounds()
  rounds.begin()
  let isOver = false
  setImmediate(() => (isOver = true))
  await rounds.turn()
  rounds.begin()
  rounds.end()
  await rounds.turn()
  expect(isOver).toBe(false)
})

test('of several one goes on after some rounds, in their order', async () => {
  const rounds = new Rounds()
  const names = ['first', 'second', 'third']
  names.forEach(() => rounds.begin())
  const gone: string[] = []
  for (const name of names) void rounds.turn().then(() => gone.push(name))
  for (const count of [0, 1, 2]) {
    for (let round = 1; round < roundsBetween; round += 1) await nextRound()
    expect(gone).toEqual(names.slice(0, count))
    await nextRound()
    expect(gone).toEqual(names.slice(0, count + 1))
  }
})
