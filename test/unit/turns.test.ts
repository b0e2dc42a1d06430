import { describe, expect, it } from 'vitest'
import { Turns } from '../../src/services/turns.js'

/** Work that goes on until it is let go. */
function held() {
  const order: number[] = []
  const letGo: (() => void)[] = []
  const work = (n: number) => () => {
    order.push(n)
    return new Promise<number>((resolve) => letGo.push(() => resolve(n)))
  }
  return { order, letGo, work }
}

describe('turns', () => {
  it('lets so many work at the same time, and the next one as soon as one has ended, in order', async () => {
    const { order, letGo, work } = held()
    const turns = new Turns(2, 60_000)
    const all = [0, 1, 2, 3].map((n) => turns.take(work(n)))
    expect(order).toEqual([0, 1])
    letGo[1]?.()
    await expect.poll(() => order).toEqual([0, 1, 2])
    letGo[0]?.()
    await expect.poll(() => order).toEqual([0, 1, 2, 3])
    letGo[2]?.()
    letGo[3]?.()
    expect(await Promise.all(all)).toEqual([0, 1, 2, 3])
  })

  it('goes on after work that failed', async () => {
    const turns = new Turns(1, 60_000)
    await expect(turns.take(() => Promise.reject(new Error('failed')))).rejects.toThrow('failed')
    expect(await turns.take(async () => 'next')).toBe('next')
  })

  it('refuses who has waited too long, and forgets it', async () => {
    const { order, letGo, work } = held()
    const turns = new Turns(1, 20)
    const first = turns.take(work(0))
    await expect(turns.take(work(1))).rejects.toMatchObject({ code: 'TEMPORAL_UNAVAILABLE' })
    letGo[0]?.()
    await first
    const third = turns.take(work(2))
    expect(order).toEqual([0, 2])
    letGo[1]?.()
    expect(await third).toBe(2)
  })
})
