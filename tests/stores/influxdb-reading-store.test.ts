import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openInfluxReadings } from '../../stores/influxdb/reading-store.ts'
import { hasInflux, type InfluxServer, manage, startInflux } from './influx-server.ts'
import { type OpenedStore, readingStoreContract } from './reading-store.contract.ts'

let databases = 0
/** An empty database on this server. */
const aDatabase = async (url: string): Promise<string> => {
  databases += 1
  await manage(url, `CREATE DATABASE "county-${databases}"`)
  return `county-${databases}`
}

describe.skipIf(!hasInflux)('on InfluxDB 1.x', () => {
  let server: InfluxServer
  beforeAll(async () => {
    server = await startInflux()
  })
  afterAll(() => server.close())

  const openAt = (database: string): OpenedStore => {
    const store = openInfluxReadings({ url: server.url, database })
    return {
      store,
      reopen: async () => {
        store.close()
        return openAt(database)
      },
      close: async () => store.close(),
    }
  }

  readingStoreContract('influxdb', async () => openAt(await aDatabase(server.url)))
})
