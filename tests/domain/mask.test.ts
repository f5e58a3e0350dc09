import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { maskName } from '../../domain/mask.ts'

describe('a masked name', () => {
  test.each([
    ['甲某某', '甲**', 'three characters'],
    ['乙某', '乙**', 'two characters: the length does not show'],
    ['丙', '丙**', 'one character'],
    ['𠮷某', '𠮷**', 'a character outside the basic plane stays whole'],
    ['阿某某·某某某', '阿**', 'a long name with a dot'],
    ['  丁某 ', '丁**', 'spaces around it'],
    ['\u3000丁某', '丁**', 'an ideographic space before it'],
    ['\u202e戊某', '戊**', 'a direction override before it'],
    ['', '**', 'nothing'],
    ['\u200b ', '**', 'nothing that can be seen'],
    ['<b>', '<**', 'markup is only text'],
  ])('%j becomes %j: %s', (name, masked) => {
    expect(maskName(name)).toBe(masked)
  })

  test('never shows more than one code point of the name and never anything invisible', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (name) => /^[^\p{Cc}\p{Cf}]?\*\*$/su.test(maskName(name))))
  })
})
