import { describe, expect, test } from 'vitest'
import { type Line, unlessSilent } from '../../src/source/unless-silent.js'

/** An answer that comes when it is given. */
function anAnswer() {
  let give: (answer: string) => void = () => {}
  const answer = new Promise<string>((resolve) => (give = resolve))
  return { answer, give }
}

const aLine = (line: Partial<Line>): Line => ({
  silenceMs: 1,
  bytesRead: () => 0,
  isAtWork: async () => false,
  ...line,
})

describe('an answer', () => {
  test('an answer may take any time while the server works on it', async () => {
    const { answer, give } = anAnswer()
    let asked = 0
    const isAtWork = async () => {
      if ((asked += 1) === 10) give('late')
      return true
    }
    expect(await unlessSilent(answer, aLine({ isAtWork }))).toBe('late')
  })

  test('an answer may arrive slowly: while bytes arrive, the server is not asked', async () => {
    const { answer, give } = anAnswer()
    let bytes = 0
    const bytesRead = () => {
      if ((bytes += 1) === 20) give('in the end')
      return bytes
    }
    const isAtWork = () => Promise.reject(new Error('asked'))
    expect(await unlessSilent(answer, aLine({ bytesRead, isAtWork }))).toBe('in the end')
  })

  test('an answer is given up after two checks in a row without bytes or work, and not before', async () => {
    const looks = [false, true, false, false, true]
    const isAtWork = async () => looks.shift() === true
    await expect(unlessSilent(anAnswer().answer, aLine({ isAtWork }))).rejects.toMatchObject({
      code: 'SOURCE_UNAVAILABLE',
      message: expect.stringContaining('went silent'),
    })
    expect(looks).toEqual([true])
  })

  test('an answer that is an error is passed on', async () => {
    const failure = new Error('refused')
    await expect(unlessSilent(Promise.reject(failure), aLine({}))).rejects.toBe(failure)
  })
})
