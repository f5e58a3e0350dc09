import { open, readFile, rm } from 'node:fs/promises'
import { type Connection, connectionSchema } from '../../domain/connection.ts'
import { CommandError } from './server.ts'

/** The file that is carried to a gateway. It holds its secret: nobody but its owner may read it, and none is ever overwritten. */

/** The place of a connection file while it is being filled. */
export type ConnectionFile = {
  /** When it returns, the connection is on disk. */
  keep: (connection: Connection) => Promise<void>
  close: () => Promise<void>
  /** Takes the file away: nothing connects with what may be in it. */
  discard: () => Promise<void>
}

/** Takes the place before a secret is made that could then not be kept. Throws CommandError when it is taken or cannot be written. */
export const reserveConnectionFile = async (path: string): Promise<ConnectionFile> => {
  const file = await open(path, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(
      error.code === 'EEXIST'
        ? `${path} is there already and is not overwritten: move it away, or give another --out`
        : `${path} cannot be written (${error.code}): give another --out`,
    )
  })
  return {
    keep: async (connection) => {
      await file.writeFile(`${JSON.stringify(connection, undefined, 2)}\n`)
      await file.sync()
    },
    close: () => file.close(),
    discard: async () => {
      await file.close()
      await rm(path)
    },
  }
}

export const readConnectionFile = async (path: string): Promise<Connection> => {
  const text = await readFile(path, 'utf8').catch(() => {
    throw new CommandError(`"${path}" cannot be read`)
  })
  try {
    return connectionSchema.parse(JSON.parse(text))
  } catch {
    throw new CommandError(`"${path}" is no connection file: \`yangguang gateway add\` writes one`)
  }
}
