import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createConnection, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { bodyOf, connect, type ConnectionOptions } from '../../stores/influxdb/connection.ts'

/** A real InfluxDB 1.x of its own: in a temporary folder, on free ports of the loopback, gone afterwards. */
export type InfluxServer = { url: string; close: () => Promise<void> }

export type InfluxServerOptions = {
  /** Requires the user whom the first statement creates. */
  auth?: boolean
  /** PEM of a certificate and its key: https instead of http. */
  tls?: { certificate: string; key: string }
  /** Rows of an answer that is not chunked. */
  maxRowLimit?: number
}

/** Whether there is an `influxd` to start. What is skipped without one says so. */
export const hasInflux = spawnSync('influxd', ['version']).status === 0
if (!hasInflux)
  process.stderr.write('SKIPPED: the InfluxDB reading store against a real InfluxDB. Install one: apt-get install influxdb\n')

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

const configuration = (folder: string, ports: { http: number; rpc: number }, options: InfluxServerOptions): string => `
reporting-disabled = true
bind-address = "127.0.0.1:${ports.rpc}"
[meta]
dir = "${folder}/meta"
[data]
dir = "${folder}/data"
wal-dir = "${folder}/wal"
query-log-enabled = false
[monitor]
store-enabled = false
[subscriber]
enabled = false
[continuous_queries]
enabled = false
[http]
bind-address = "127.0.0.1:${ports.http}"
log-enabled = false
auth-enabled = ${options.auth ?? false}
max-row-limit = ${options.maxRowLimit ?? 0}
https-enabled = ${options.tls !== undefined}
https-certificate = "${folder}/certificate.pem"
https-private-key = "${folder}/key.pem"
`

const accepts = async (port: number): Promise<boolean> => {
  const socket = createConnection(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

const running = async (daemon: ChildProcess, port: number, log: string): Promise<void> => {
  for (let tries = 0; tries < 200; tries += 1) {
    if (daemon.exitCode !== null) break
    if (await accepts(port)) return
    await sleep(50)
  }
  throw new Error(`influxd did not start: ${readFileSync(log, 'utf8').slice(-2_000)}`)
}

const startOnce = async (options: InfluxServerOptions): Promise<InfluxServer> => {
  const folder = mkdtempSync(join(tmpdir(), 'yangguang-influx-'))
  const ports = { http: await freePort(), rpc: await freePort() }
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  if (options.tls) {
    file('certificate.pem', options.tls.certificate)
    file('key.pem', options.tls.key)
  }
  const log = join(folder, 'log')
  const output = openSync(log, 'w')
  const daemon = spawn('influxd', ['run', '-config', file('influxdb.conf', configuration(folder, ports, options))], {
    stdio: ['ignore', output, output],
  })
  // Also when the tests end before they come to close it.
  const kill = () => daemon.kill('SIGKILL')
  process.once('exit', kill)
  const close = async (): Promise<void> => {
    process.off('exit', kill)
    if (daemon.exitCode === null) {
      const exited = once(daemon, 'exit')
      kill()
      await exited
    }
    rmSync(folder, { recursive: true })
  }
  try {
    await running(daemon, ports.http, log)
  } catch (error) {
    await close()
    throw error
  }
  return { url: `${options.tls ? 'https' : 'http'}://127.0.0.1:${ports.http}`, close }
}

/** Starts again where another program took a port between its being found free and its being used. */
export const startInflux = async (options: InfluxServerOptions = {}): Promise<InfluxServer> => {
  if (!hasInflux) throw new Error('there is no influxd to start')
  try {
    return await startOnce(options)
  } catch (error) {
    if (!String(error).includes('address already in use')) throw error
    return startOnce(options)
  }
}

/** Runs a statement that manages a server. */
export const manage = async (options: ConnectionOptions, statement: string): Promise<void> => {
  const { post, close } = connect(options)
  const body = new URLSearchParams({ q: statement }).toString()
  const answer = await bodyOf(await post({ path: '/query', query: {}, contentType: 'application/x-www-form-urlencoded', body }))
  close()
  if (answer.includes('"error"')) throw new Error(answer)
}
