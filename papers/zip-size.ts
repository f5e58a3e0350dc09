/** What a ZIP file says it unpacks to, read from its directory before anything is unpacked. */

const END = 0x06054b50
const ENTRY = 0x02014b50
const END_BYTES = 22
const ENTRY_BYTES = 46
const COMMENT_BYTES_MAX = 0xffff
const STORED = 0
/** Stands for a size too large for its field. */
const TOO_LARGE = 0xffff_ffff

/** Bytes of all entries together; undefined when it is no ZIP file, or an entry does not say how large it is. */
export const unpackedBytes = (bytes: Uint8Array): number | undefined => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let end = bytes.byteLength - END_BYTES
  const lowest = Math.max(0, end - COMMENT_BYTES_MAX)
  while (end >= lowest && view.getUint32(end, true) !== END) end -= 1
  if (end < lowest || end < 0) return undefined
  let at = view.getUint32(end + 16, true)
  let total = 0
  for (let entries = view.getUint16(end + 10, true); entries > 0; entries -= 1) {
    if (at + ENTRY_BYTES > bytes.byteLength || view.getUint32(at, true) !== ENTRY) return undefined
    const packed = view.getUint32(at + 20, true)
    const unpacked = view.getUint32(at + 24, true)
    const isStored = view.getUint16(at + 10, true) === STORED
    // The reader unpacks an entry no further than it says here; one that says nothing could be of any size.
    if (packed === TOO_LARGE || unpacked === TOO_LARGE || (!isStored && unpacked === 0 && packed > 2)) return undefined
    total += isStored ? Math.max(packed, unpacked) : unpacked
    at += ENTRY_BYTES + view.getUint16(at + 28, true) + view.getUint16(at + 30, true) + view.getUint16(at + 32, true)
  }
  return total
}
