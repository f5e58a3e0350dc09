import { crc32, deflateSync } from 'node:zlib'

/** Small photos, byte by byte: of one point, or of none but with everything a reader of their form looks at. */

export const segment = (marker: number, content: string): Buffer => {
  const body = Buffer.from(content, 'latin1')
  const length = body.length + 2
  return Buffer.concat([Buffer.from([0xff, marker, length >> 8, length & 0xff]), body])
}

export const aJpeg = (more: readonly Buffer[] = []): Buffer =>
  Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    segment(0xe0, 'JFIF\0\x01\x01'),
    ...more,
    segment(0xdb, 'tables'),
    segment(0xda, 'scan'),
    // Stuffing and a restart are part of the picture.
    Buffer.from([1, 2, 0xff, 0x00, 3, 0xff, 0xd0, 4, 0xff, 0xd9]),
  ])

export const pngChunk = (name: string, content: string | Buffer): Buffer => {
  const body = Buffer.concat([Buffer.from(name), typeof content === 'string' ? Buffer.from(content, 'latin1') : content])
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(body.length - 4)
  check.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, check])
}

/** One white point, which any browser shows. */
export const aPng = (more: readonly Buffer[] = []): Buffer =>
  Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    pngChunk('IHDR', Buffer.from([0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0])),
    ...more,
    pngChunk('IDAT', deflateSync(Buffer.from([0, 255]))),
    pngChunk('IEND', ''),
  ])

export const riffChunk = (name: string, content: string): Buffer => {
  const body = Buffer.from(content, 'latin1')
  const size = Buffer.alloc(4)
  size.writeUInt32LE(body.length)
  return Buffer.concat([Buffer.from(name), size, body, Buffer.alloc(body.length % 2)])
}

export const aWebp = (more: readonly Buffer[] = [], first: readonly Buffer[] = []): Buffer => {
  const body = Buffer.concat([Buffer.from('WEBP'), ...first, riffChunk('VP8 ', 'picture!'), ...more])
  const size = Buffer.alloc(4)
  size.writeUInt32LE(body.length)
  return Buffer.concat([Buffer.from('RIFF'), size, body])
}
