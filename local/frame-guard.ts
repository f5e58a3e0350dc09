import type { Socket } from 'node:net'
import { MESSAGE_BYTES_MAX, TOPIC_BYTES_MAX } from '../domain/limits.ts'

/**
 * aedes buffers a packet of any announced size, up to 256 MiB, before it looks at it. This reads along, packet header by packet
 * header, and closes the connection at the first that announces more than a message may have.
 */

/** Payload and topic, with their length fields and the message id. */
const PACKET_BYTES_MAX = MESSAGE_BYTES_MAX + TOPIC_BYTES_MAX + 4
/** CONNECT, sent by whoever it may be: id, user name, secret and a will of one ordinary message fit. */
const CONNECT_BYTES_MAX = 8 * 1024
const LENGTH_BYTES_MAX = 4

/**
 * Follows a stream of MQTT packets; false as soon as one announces more than `bytesMax`, the first more than `firstBytesMax`, or a
 * length that is none.
 */
export const frameFollower = (bytesMax: number, firstBytesMax = bytesMax): ((chunk: Uint8Array) => boolean) => {
  let max = firstBytesMax
  /** Bytes of the current packet's body still to come; undefined while in a header. */
  let body: number | undefined
  /** -1 before the packet's type byte, then how many length bytes were read. */
  let lengthBytes = -1
  let length = 0

  return (chunk) => {
    let at = 0
    while (at < chunk.length) {
      if (body !== undefined) {
        const step = Math.min(body, chunk.length - at)
        at += step
        body -= step
        if (body > 0) return true
        body = undefined
        continue
      }
      const byte = chunk[at++] ?? 0
      if (lengthBytes === -1) {
        lengthBytes = 0
        length = 0
        continue
      }
      length += (byte & 0x7f) * 128 ** lengthBytes++
      if (length > max) return false
      if ((byte & 0x80) !== 0) {
        if (lengthBytes === LENGTH_BYTES_MAX) return false
        continue
      }
      lengthBytes = -1
      max = bytesMax
      body = length > 0 ? length : undefined
    }
    return true
  }
}

/** Lets the reader of a socket see its bytes only while every packet keeps within the limit; destroys the socket otherwise. */
export const guardFrames = (socket: Socket, onOversize: () => void): void => {
  const isWithin = frameFollower(PACKET_BYTES_MAX, CONNECT_BYTES_MAX)
  const read = socket.read.bind(socket)
  socket.read = (size?: number) => {
    const chunk: unknown = read(size)
    if (!(chunk instanceof Uint8Array) || isWithin(chunk)) return chunk
    onOversize()
    socket.destroy()
    return null
  }
}
