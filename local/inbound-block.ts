import type { InboundMessage } from '../functions/entry.ts'

/**
 * How the messages of one commit lie in one BLOB of the inbound log, one after another:
 * gateway id and topic (each a length byte and ASCII), receive time (float64), payload length (uint32), payload.
 *
 * One row per commit instead of one per message halves the cost of a message in the log and makes forgetting it nearly free.
 */

/** What the door takes in. `topic` is ASCII: it equals `pv/{gatewayId}/readings`, and ids are ASCII. */
export type Publish = Omit<InboundMessage, 'messageId'>

const NUMBERS_BYTES = 8 + 4
const LENGTH_BYTES = 1

/** Bytes a message takes in a block. */
export const sizeInBlock = ({ clientId, topic, payload }: Publish): number =>
  LENGTH_BYTES + clientId.length + LENGTH_BYTES + topic.length + NUMBERS_BYTES + payload.byteLength

const writeText = (block: Buffer, at: number, text: string): number => {
  block[at] = text.length
  return at + LENGTH_BYTES + block.write(text, at + LENGTH_BYTES, 'latin1')
}

/** Writes a message at an offset of a block that has room for it; answers the offset behind it. */
export const writeToBlock = (block: Buffer, at: number, message: Publish): number => {
  let next = writeText(block, writeText(block, at, message.clientId), message.topic)
  next = block.writeDoubleLE(message.receivedAtMs, next)
  next = block.writeUInt32LE(message.payload.byteLength, next)
  block.set(message.payload, next)
  return next + message.payload.byteLength
}

/** The messages of a block, numbered from `firstSeq`; payloads are views of the block. Throws RangeError on a damaged block. */
export const readBlock = (bytes: Uint8Array, firstSeq: number): InboundMessage[] => {
  const block = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const messages: InboundMessage[] = []
  let at = 0
  const text = (): string => {
    const from = at + LENGTH_BYTES
    at = from + block.readUInt8(at)
    return block.toString('latin1', from, at)
  }
  while (at < block.length) {
    const clientId = text()
    const topic = text()
    const receivedAtMs = block.readDoubleLE(at)
    const length = block.readUInt32LE(at + 8)
    at += NUMBERS_BYTES + length
    if (at > block.length) throw new RangeError('a block of the inbound log ends in the middle of a message')
    const payload = block.subarray(at - length, at)
    messages.push({ messageId: String(firstSeq + messages.length), topic, clientId, payload, receivedAtMs })
  }
  return messages
}
