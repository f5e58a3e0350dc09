/** What a TrueType font can draw, read from its character map; what it cannot is told in the paper and never left blank. */

export type Font = { bytes: Uint8Array; draws: (codePoint: number) => boolean }

type Range = { from: number; to: number; glyphs: boolean }

const UNICODE_FULL = 12
const UNICODE_BASIC = 4

/** The ranges of format 12: groups of consecutive code points. */
const fullRanges = (table: DataView): Range[] => {
  const groups = table.getUint32(12)
  return Array.from({ length: groups }, (_, at) => {
    const group = 16 + at * 12
    return { from: table.getUint32(group), to: table.getUint32(group + 4), glyphs: true }
  })
}

/** The ranges of format 4: segments; one that points into the glyph array is taken glyph by glyph. */
const basicRanges = (table: DataView): Range[] => {
  const segments = table.getUint16(6) / 2
  const [ends, starts, deltas, offsets] = [14, 16 + segments * 2, 16 + segments * 4, 16 + segments * 6]
  return Array.from({ length: segments }, (_, at) => at * 2).flatMap((at) => {
    const [from, to] = [table.getUint16(starts + at), table.getUint16(ends + at)]
    const offset = table.getUint16(offsets + at)
    if (offset === 0) return [{ from, to, glyphs: (from + table.getUint16(deltas + at)) % 0x1_0000 !== 0 }]
    return Array.from({ length: to - from + 1 }, (__, step) => {
      const glyph = table.getUint16(offsets + at + offset + step * 2)
      return { from: from + step, to: from + step, glyphs: glyph !== 0 }
    })
  })
}

const tableAt = (bytes: Uint8Array, tag: string): DataView => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = 0; at < view.getUint16(4); at += 1) {
    const record = 12 + at * 16
    const name = String.fromCharCode(...bytes.subarray(record, record + 4))
    if (name === tag)
      return new DataView(bytes.buffer, bytes.byteOffset + view.getUint32(record + 8), view.getUint32(record + 12))
  }
  throw new Error(`a font without ${tag}`)
}

/** Throws when it is no TrueType font with a Unicode character map. */
export const fontOf = (bytes: Uint8Array): Font => {
  const cmap = tableAt(bytes, 'cmap')
  const tables = Array.from({ length: cmap.getUint16(2) }, (_, at) => {
    const offset = cmap.getUint32(8 + at * 8)
    const table = new DataView(cmap.buffer, cmap.byteOffset + offset)
    return { format: table.getUint16(0), table }
  })
  const full = tables.find(({ format }) => format === UNICODE_FULL)
  const basic = tables.find(({ format }) => format === UNICODE_BASIC)
  if (!full && !basic) throw new Error('a font without a Unicode character map')
  const ranges = (full ? fullRanges(full.table) : basicRanges((basic ?? { table: cmap }).table)).filter(({ glyphs }) => glyphs)
  const draws = (codePoint: number): boolean => {
    let [low, high] = [0, ranges.length - 1]
    while (low <= high) {
      const middle = (low + high) >> 1
      const { from, to } = ranges[middle] ?? { from: 0, to: 0 }
      if (codePoint < from) high = middle - 1
      else if (codePoint > to) low = middle + 1
      else return true
    }
    return false
  }
  return { bytes, draws }
}
