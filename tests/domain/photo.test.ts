import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { photoOf } from '../../domain/photo.ts'
import { aJpeg, aPng, aWebp, pngChunk, riffChunk, segment } from '../photos.ts'

const latin = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('latin1')

describe('a photo', () => {
  test.each([
    ['image/jpeg', aJpeg()],
    ['image/png', aPng()],
    ['image/webp', aWebp()],
  ] as const)('of type %s is told by its bytes, and stays as it is where nothing is beside the picture', (type, bytes) => {
    expect(photoOf(bytes)).toMatchObject({ type })
    expect(latin(photoOf(bytes)?.bytes)).toBe(latin(bytes))
  })

  test.each([
    ['EXIF of a JPEG', aJpeg([segment(0xe1, 'Exif\0\0GPS-SECRET')])],
    ['XMP of a JPEG', aJpeg([segment(0xe1, 'http://ns.adobe.com/SECRET')])],
    ['a comment of a JPEG', aJpeg([segment(0xfe, 'SECRET')])],
    ['further pictures of a JPEG', aJpeg([segment(0xe2, 'MPF\0SECRET')])],
    ['what follows a JPEG', Buffer.concat([aJpeg(), Buffer.from('SECRET')])],
    ['EXIF of a PNG', aPng([pngChunk('eXIf', 'SECRET')])],
    ['a text of a PNG', aPng([pngChunk('tEXt', 'Author\0SECRET')])],
    ['what follows a PNG', Buffer.concat([aPng(), Buffer.from('SECRET')])],
    ['EXIF of a WebP', aWebp([riffChunk('EXIF', 'SECRET')])],
    ['XMP of a WebP', aWebp([riffChunk('XMP ', 'SECRETS!')])],
    ['what follows a WebP', Buffer.concat([aWebp(), Buffer.from('SECRET')])],
  ])('is kept without %s', (_, bytes) => {
    const photo = photoOf(bytes)
    expect(latin(photo?.bytes)).not.toContain('SECRET')
    const plain = photo?.type === 'image/jpeg' ? aJpeg() : photo?.type === 'image/png' ? aPng() : aWebp()
    expect(latin(photo?.bytes)).toBe(latin(plain))
  })

  test('keeps its colours: the profile of a JPEG is the picture’s', () => {
    const bytes = aJpeg([segment(0xe2, 'ICC_PROFILE\0profile'), segment(0xee, 'Adobe')])
    expect(latin(photoOf(bytes)?.bytes)).toBe(latin(bytes))
  })

  test('says no longer that EXIF or XMP follow in a WebP that is extended', () => {
    const flags = Buffer.from([0x0c | 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0]).toString('latin1')
    const bytes = aWebp([riffChunk('EXIF', 'SECRET')], [riffChunk('VP8X', flags)])
    expect(photoOf(bytes)?.bytes[20]).toBe(0x10)
  })

  test.each([
    ['nothing', new Uint8Array()],
    ['a text', Buffer.from('不是照片')],
    ['a page', Buffer.from('<svg onload="x"/>')],
    ['the beginning of a JPEG', aJpeg().subarray(0, -2)],
    ['a JPEG without a picture', Buffer.from([0xff, 0xd8, 0xff, 0xd9])],
    ['the beginning of a PNG', aPng().subarray(0, -4)],
    ['the beginning of a WebP', aWebp().subarray(0, -4)],
    ['an animation', aWebp([riffChunk('ANMF', 'frame!'), riffChunk('VP8 ', 'second')])],
  ])('is not %s', (_, bytes) => expect(photoOf(bytes)).toBeUndefined())

  test('never throws, and never grows, whatever bytes come', () => {
    const begins = fc.constantFrom(aJpeg(), aPng(), aWebp())
    fc.assert(
      fc.property(begins, fc.nat({ max: 80 }), fc.uint8Array({ maxLength: 60 }), (begin, at, noise) => {
        const bytes = Buffer.concat([begin.subarray(0, at), noise])
        expect(photoOf(bytes)?.bytes.length ?? 0).toBeLessThanOrEqual(bytes.length)
      }),
    )
  })
})
