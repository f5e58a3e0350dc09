declare module 'dynalite' {
  import type { Server } from 'node:http'

  /** Milliseconds each change of a table pretends to take. */
  export default function dynalite(options: { createTableMs: number; deleteTableMs: number; updateTableMs: number }): Server
}
