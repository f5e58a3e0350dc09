import { open, readFile, rm } from 'node:fs/promises'
import { type Connection, connectionSchema } from '../../domain/connection.ts'
import { CommandError } from './server.ts'

/** The file that is carried to a gateway. It holds its secret: nobody but its owner may read it, and none is ever overwritten. */

export type ConnectionFile = {
  keep: (connection: Connection) => Promise<void>
  /** Takes the file away again, unless it is kept. */
  release: () => Promise<void>
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
  let isKept = false
  return {
    keep: async (connection) => {
      await file.writeFile(`${JSON.stringify(connection, undefined, 2)}\n`)
      await file.sync()
      isKept = true
    },
    release: async () => {
      await file.close()
      if (!isKept) await rm(path)
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
