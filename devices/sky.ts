import { DAY_MS, HOUR_MS, MINUTE_MS } from '../domain/calendar.ts'
import { solarElevationDeg } from '../domain/sun.ts'
import { chance, chanceBetween } from './chance.ts'

/**
 * One simulated sky over a county: sun, drifting clouds that neighbours share, weather from day to day, temperature.
 * Pure: a sky is its seed. Nothing here is measured weather.
 */

export type Place = { latitudeDeg: number; longitudeDeg: number }

/** A station-day on the grid: `GRID_POINTS` instants from midnight to midnight (China time), both included. */
export type SkyDay = {
  /** In the plane of the panels, W/m², 0 at night. */
  irradianceWm2: Float64Array
  /** Air temperature, °C. */
  ambientC: Float64Array
}

type Weather = {
  /** 0 cloudless .. 1 overcast. */
  cloudiness: number
  windEastKmh: number
  windNorthKmh: number
  /** Departure from the season's mean temperature, K. */
  anomalyK: number
}

export type Sky = {
  /** The whole day at one place that starts at an instant (epoch ms, midnight in China); the arrays are new at every call. */
  dayAt: (place: Place, dayStartMs: number) => SkyDay
}

export const GRID_MS = 5 * MINUTE_MS
export const GRID_POINTS = DAY_MS / GRID_MS + 1

/** Fixed racks of these stations face south at about this tilt. */
const TILT_DEG = 28
const KM_PER_DEGREE = 111
/** Degrees of longitude are shorter than degrees of latitude; one factor for the whole county keeps its clouds in one plane. */
const EAST_SHORTENING = 0.83
const CELLS = 128
const turn = 2 * Math.PI

const cosines = Float64Array.from({ length: GRID_POINTS }, (_, index) => Math.cos((turn * index) / (GRID_POINTS - 1)))
const sines = Float64Array.from({ length: GRID_POINTS }, (_, index) => Math.sin((turn * index) / (GRID_POINTS - 1)))

/** Meinel's beam irradiance for a clear sky in W/m², tabulated over the sine of the elevation: this is the inner loop's one power. */
const BEAM_STEPS = 512
const clearBeam = Float64Array.from({ length: BEAM_STEPS + 2 }, (_, step) =>
  step === 0 ? 0 : 1361 * 0.7 ** ((BEAM_STEPS / step) ** 0.678),
)

const smooth = (x: number): number => (x <= 0 ? 0 : x >= 1 ? 1 : x * x * (3 - 2 * x))

/** Value noise on a torus of CELLS × CELLS seeded values: continuous in x and y, in [0, 1). */
const noiseField = (seed: number): ((x: number, y: number) => number) => {
  const values = Float32Array.from({ length: CELLS * CELLS }, (_, cell) => chance(seed, cell))
  return (x, y) => {
    const column = Math.floor(x)
    const row = Math.floor(y)
    const across = smooth(x - column)
    const along = smooth(y - row)
    const west = column & (CELLS - 1)
    const east = (column + 1) & (CELLS - 1)
    const south = (row & (CELLS - 1)) * CELLS
    const north = ((row + 1) & (CELLS - 1)) * CELLS
    const southern = (values[south + west] ?? 0) * (1 - across) + (values[south + east] ?? 0) * across
    const northern = (values[north + west] ?? 0) * (1 - across) + (values[north + east] ?? 0) * across
    return southern * (1 - along) + northern * along
  }
}

/**
 * The sine of the elevation over one day as `mean + cosine·cos + sine·sin`, fitted through three instants eight hours apart.
 * Exact but for the drift of the declination within the day (0.2° at most), and a hundred times cheaper than asking 289 times.
 */
const sunPath = (place: Place, dayStartMs: number): { mean: number; cosine: number; sine: number } => {
  const [first = 0, second = 0, third = 0] = [0, 8, 16].map((hour) =>
    Math.sin((solarElevationDeg({ ...place, atMs: dayStartMs + hour * HOUR_MS }) * Math.PI) / 180),
  )
  return {
    mean: (first + second + third) / 3,
    cosine: (2 * first - second - third) / 3,
    sine: (second - third) / Math.sqrt(3),
  }
}

const weatherOf = (seed: number, dayStartMs: number): Weather => {
  const day = Math.round(dayStartMs / DAY_MS)
  const spell = Math.floor(day / 4)
  const passed = smooth(day / 4 - spell)
  const front = (name: string): number =>
    chance(seed, `${name}/${spell}`) * (1 - passed) + chance(seed, `${name}/${spell + 1}`) * passed
  const cloudiness = smooth(0.55 * front('front') + 0.45 * chance(seed, `cloud/${day}`))
  const bearing = turn * front('wind')
  const windKmh = chanceBetween(seed, `wind/${day}`, 12, 40)
  return {
    cloudiness,
    windEastKmh: windKmh * Math.cos(bearing),
    windNorthKmh: windKmh * Math.sin(bearing),
    anomalyK: 10 * (front('warmth') - 0.5),
  }
}

/** Mean temperature of the season at a latitude, °C: about 15.5 ± 12.5 at 33° north, warmest in the second half of July. */
const seasonC = (latitudeDeg: number, dayStartMs: number): number => {
  const year = (dayStartMs - Date.UTC(2025, 6, 22)) / (365.2422 * DAY_MS)
  return 15.5 - 0.6 * (latitudeDeg - 33) + 12.5 * Math.cos(turn * year)
}

/** Builds the sky of a seed (a 32-bit integer). Needs 64 KiB. */
export const skyOf = (seed: number): Sky => {
  const noise = noiseField(seed)
  const dayAt = (place: Place, dayStartMs: number): SkyDay => {
    const weather = weatherOf(seed, dayStartMs)
    const day = Math.round(dayStartMs / DAY_MS)
    const sun = sunPath(place, dayStartMs)
    // South-facing panels see the sun as the ground does that many degrees further south.
    const panel = sunPath({ ...place, latitudeDeg: place.latitudeDeg - TILT_DEG }, dayStartMs)
    const eastKm = place.longitudeDeg * KM_PER_DEGREE * EAST_SHORTENING + 977 * chance(seed, `east/${day}`)
    const northKm = place.latitudeDeg * KM_PER_DEGREE + 977 * chance(seed, `north/${day}`)
    const season = seasonC(place.latitudeDeg, dayStartMs) + weather.anomalyK
    const swingK = 3 + 3 * (1 - weather.cloudiness)
    const warmest = Math.round(((15 + (120 - place.longitudeDeg) / 15) * HOUR_MS) / GRID_MS)
    const irradianceWm2 = new Float64Array(GRID_POINTS)
    const ambientC = new Float64Array(GRID_POINTS)
    const depth = 0.65 + 0.3 * weather.cloudiness
    for (let index = 0; index < GRID_POINTS; index += 1) {
      const fromWarmest = Math.abs(index - warmest) % (GRID_POINTS - 1)
      ambientC[index] = season + swingK * (cosines[fromWarmest] ?? 0)
      const height = sun.mean + sun.cosine * (cosines[index] ?? 0) + sun.sine * (sines[index] ?? 0)
      // Below half a degree there is no light to speak of.
      if (height < 0.01) continue
      const facing = panel.mean + panel.cosine * (cosines[index] ?? 0) + panel.sine * (sines[index] ?? 0)
      const hours = (index * GRID_MS) / HOUR_MS
      const x = eastKm - weather.windEastKmh * hours
      const y = northKm - weather.windNorthKmh * hours
      const cover = 0.45 * noise(x / 30, y / 30) + 0.35 * noise(x / 8 + 71, y / 8 + 13) + 0.2 * noise(x / 2.5 + 29, y / 2.5 + 97)
      const through = 1 - depth * smooth((cover - 0.85 + 0.85 * weather.cloudiness) / 0.25)
      const step = height * BEAM_STEPS
      const below = Math.floor(step)
      const low = clearBeam[below] ?? 0
      const beam = low + ((clearBeam[below + 1] ?? 0) - low) * (step - below)
      const clouded = 1 - through
      // Broken clouds brighten the shade, thick ones darken it.
      const scattered = beam * height * (0.11 + 0.3 * clouded * (1 - 0.75 * clouded)) + 20 * height
      irradianceWm2[index] = beam * through * through * Math.max(0, facing) + scattered
    }
    return { irradianceWm2, ambientC }
  }
  return { dayAt }
}
