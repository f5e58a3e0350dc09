/**
 * A photo of a posted notice: told by its bytes and not by its name, and kept without what a camera writes beside the picture (place,
 * device, owner, a smaller copy). What follows the end of the picture goes too.
 */

export const PHOTO_BYTES_MAX = 270_000
export type PhotoType = 'image/jpeg' | 'image/png' | 'image/webp'
export type Photo = { type: PhotoType; bytes: Uint8Array }

const uint32 = (bytes: Uint8Array, at: number, isLittle = false): number =>
  new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, isLittle)
const ascii = (bytes: Uint8Array, at: number, length: number): string => String.fromCharCode(...bytes.subarray(at, at + length))

const joined = (parts: readonly Uint8Array[]): Uint8Array => {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** Segments of applications and comments; the colours' (ICC, Adobe) and JFIF's own belong to the picture. */
const isBeside = (marker: number): boolean =>
  marker === 0xfe || (marker >= 0xe1 && marker <= 0xef && ![0xe2, 0xee].includes(marker))

/** Where the picture's compressed part ends: at the next marker that is neither stuffing nor a restart. */
const endOfScan = (bytes: Uint8Array, from: number): number => {
  for (let at = from; at + 1 < bytes.length; at += 1) {
    const next = bytes[at + 1] ?? 0
    if (bytes[at] === 0xff && next !== 0 && next !== 0xff && !(next >= 0xd0 && next <= 0xd7)) return at
  }
  return -1
}

const jpeg = (bytes: Uint8Array): Uint8Array | undefined => {
  const kept = [bytes.subarray(0, 2)]
  let at = 2
  let scans = 0
  while (at + 4 <= bytes.length || (at + 2 === bytes.length && bytes[at + 1] === 0xd9)) {
    const marker = bytes[at + 1] ?? 0
    if (bytes[at] !== 0xff) return undefined
    if (marker === 0xd9) return scans > 0 ? joined([...kept, bytes.subarray(at, at + 2)]) : undefined
    const length = ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)
    const end = at + 2 + length
    if (length < 2 || end > bytes.length) return undefined
    const until = marker === 0xda ? endOfScan(bytes, end) : end
    if (until < 0) return undefined
    if (marker === 0xda) scans += 1
    // An ICC profile calls itself one; what else uses its marker holds further pictures.
    const isPicture = !isBeside(marker) && (marker !== 0xe2 || ascii(bytes, at + 4, 11) === 'ICC_PROFILE')
    if (isPicture) kept.push(bytes.subarray(at, until))
    at = until
  }
  return undefined
}

const PNG_CHUNKS = ['IHDR', 'PLTE', 'IDAT', 'IEND', 'tRNS', 'gAMA', 'cHRM', 'sRGB', 'iCCP', 'sBIT', 'pHYs']

const png = (bytes: Uint8Array): Uint8Array | undefined => {
  const kept = [bytes.subarray(0, 8)]
  for (let at = 8; at + 12 <= bytes.length; ) {
    const end = at + 12 + uint32(bytes, at)
    const name = ascii(bytes, at + 4, 4)
    if (end > bytes.length) return undefined
    if (PNG_CHUNKS.includes(name)) kept.push(bytes.subarray(at, end))
    if (name === 'IEND') return kept.length > 3 ? joined(kept) : undefined
    at = end
  }
  return undefined
}

const WEBP_CHUNKS = ['VP8 ', 'VP8L', 'VP8X', 'ALPH', 'ICCP']
/** Of the flags of an extended file: that EXIF and XMP follow. */
const WEBP_BESIDE = 0x0c

const webp = (bytes: Uint8Array): Uint8Array | undefined => {
  const whole = Math.min(bytes.length, uint32(bytes, 4, true) + 8)
  const kept: Uint8Array[] = []
  let pictures = 0
  for (let at = 12; at + 8 <= whole; ) {
    const size = uint32(bytes, at + 4, true)
    const end = at + 8 + size + (size % 2)
    const name = ascii(bytes, at, 4)
    if (end > bytes.length) return undefined
    const chunk = Uint8Array.from(bytes.subarray(at, end))
    if (name === 'VP8X') chunk[8] = (chunk[8] ?? 0) & ~WEBP_BESIDE
    if (WEBP_CHUNKS.includes(name)) kept.push(chunk)
    if (name === 'VP8 ' || name === 'VP8L') pictures += 1
    at = end
  }
  if (pictures !== 1) return undefined
  const body = joined(kept)
  const head = Uint8Array.from(bytes.subarray(0, 12))
  new DataView(head.buffer).setUint32(4, body.length + 4, true)
  return joined([head, body])
}

const PNG_SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

/** The picture alone; undefined for what is no whole JPEG, PNG or WebP of one picture. */
export const photoOf = (bytes: Uint8Array): Photo | undefined => {
  const as = (type: PhotoType, picture: Uint8Array | undefined): Photo | undefined => picture && { type, bytes: picture }
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return as('image/jpeg', jpeg(bytes))
  if (PNG_SIGNATURE.every((byte, at) => bytes[at] === byte)) return as('image/png', png(bytes))
  if (bytes.length > 20 && ascii(bytes, 0, 4) === 'RIFF' && ascii(bytes, 8, 4) === 'WEBP') return as('image/webp', webp(bytes))
  return undefined
}
