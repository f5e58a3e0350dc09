/** The two MQTT 3.1.1 packets a load generator needs, encoded by hand. */

const text = (value: string): Buffer => {
  const bytes = Buffer.from(value)
  const length = Buffer.alloc(2)
  length.writeUInt16BE(bytes.length)
  return Buffer.concat([length, bytes])
}

const packet = (type: number, body: Buffer): Buffer => {
  const header = [type]
  let left = body.length
  do {
    header.push((left % 128) + (left >= 128 ? 128 : 0))
    left = Math.floor(left / 128)
  } while (left > 0)
  return Buffer.concat([Buffer.from(header), body])
}

/** CONNECT with a clean session and no keep-alive. */
export const connectPacket = (given: { clientId: string; userName: string; password: string }): Buffer =>
  packet(
    0x10,
    Buffer.concat([
      text('MQTT'),
      Buffer.from([4, 0b1100_0010, 0, 0]),
      text(given.clientId),
      text(given.userName),
      text(given.password),
    ]),
  )

/** PUBLISH at QoS 1. */
export const publishPacket = (given: { topic: string; packetId: number; payload: string }): Buffer => {
  const packetId = Buffer.alloc(2)
  packetId.writeUInt16BE(given.packetId)
  return packet(0x32, Buffer.concat([text(given.topic), packetId, Buffer.from(given.payload)]))
}
