/** Where the sun stands over a station: what tells night from outage, everywhere in China, without any fixed hours. */

export type Site = { latitudeDeg: number; longitudeDeg: number }

/** From this elevation on, a panel is expected to report and to yield. */
export const SUN_UP_DEG = 3
/** Daylight of a span is counted on this fixed grid of instants, so that it adds up over any division of the span. */
const GRID_MS = 10 * 60_000

const MINUTE_MS = 60_000
const DAY_MINUTES = 1_440
const UNIX_EPOCH_JULIAN_DAY = 2_440_587.5

const radians = (deg: number): number => (deg * Math.PI) / 180
const degrees = (rad: number): number => (rad * 180) / Math.PI
const sinDeg = (deg: number): number => Math.sin(radians(deg))
const cosDeg = (deg: number): number => Math.cos(radians(deg))

/** The sun at an instant, from anywhere. */
export type Sun = { atMs: number; declinationDeg: number; equationOfTimeMinutes: number }

/** Declination in degrees and equation of time in minutes, by NOAA's solar calculator (after Meeus, Astronomical Algorithms). */
export const sunAt = (atMs: number): Sun => {
  const centuries = (atMs / (DAY_MINUTES * MINUTE_MS) + UNIX_EPOCH_JULIAN_DAY - 2_451_545) / 36_525
  const meanLongitudeDeg = 280.46646 + centuries * (36_000.76983 + 0.0003032 * centuries)
  const anomalyDeg = 357.52911 + centuries * (35_999.05029 - 0.0001537 * centuries)
  const eccentricity = 0.016708634 - centuries * (0.000042037 + 0.0000001267 * centuries)
  const centreDeg =
    sinDeg(anomalyDeg) * (1.914602 - centuries * (0.004817 + 0.000014 * centuries)) +
    sinDeg(2 * anomalyDeg) * (0.019993 - 0.000101 * centuries) +
    sinDeg(3 * anomalyDeg) * 0.000289
  const nodeDeg = 125.04 - 1_934.136 * centuries
  const apparentLongitudeDeg = meanLongitudeDeg + centreDeg - 0.00569 - 0.00478 * sinDeg(nodeDeg)
  const meanObliquityDeg = 23 + (26 + (21.448 - centuries * (46.815 + centuries * (0.00059 - centuries * 0.001813))) / 60) / 60
  const obliquityDeg = meanObliquityDeg + 0.00256 * cosDeg(nodeDeg)
  const y = Math.tan(radians(obliquityDeg / 2)) ** 2
  const equationOfTime =
    y * sinDeg(2 * meanLongitudeDeg) -
    2 * eccentricity * sinDeg(anomalyDeg) +
    4 * eccentricity * y * sinDeg(anomalyDeg) * cosDeg(2 * meanLongitudeDeg) -
    0.5 * y ** 2 * sinDeg(4 * meanLongitudeDeg) -
    1.25 * eccentricity ** 2 * sinDeg(2 * anomalyDeg)
  return {
    atMs,
    declinationDeg: degrees(Math.asin(sinDeg(obliquityDeg) * sinDeg(apparentLongitudeDeg))),
    equationOfTimeMinutes: 4 * degrees(equationOfTime),
  }
}

/** Geometric elevation of the sun's centre above the horizon, -90..90 degrees, refraction left out. East and north positive. */
export const solarElevationDeg = ({ latitudeDeg, longitudeDeg, atMs }: Site & { atMs: number }): number =>
  elevationDeg(sunAt(atMs), { latitudeDeg, longitudeDeg })

/** The same, for asking from many places at one instant. */
export const elevationDeg = (
  { atMs, declinationDeg, equationOfTimeMinutes }: Sun,
  { latitudeDeg, longitudeDeg }: Site,
): number => {
  const trueSolarMinutes = atMs / MINUTE_MS + equationOfTimeMinutes + 4 * longitudeDeg
  const hourAngleDeg = (trueSolarMinutes % DAY_MINUTES) / 4 - 180
  const sine = sinDeg(latitudeDeg) * sinDeg(declinationDeg) + cosDeg(latitudeDeg) * cosDeg(declinationDeg) * cosDeg(hourAngleDeg)
  return degrees(Math.asin(Math.min(1, Math.max(-1, sine))))
}

/** Whether the sun stands higher than SUN_UP_DEG. */
export const isDaylight = (site: Site, atMs: number): boolean => solarElevationDeg({ ...site, atMs }) > SUN_UP_DEG

/** Daylight within [fromMs, toMs) in ms, exact to the ten minutes of its grid. Additive: the parts of a span sum to the whole. */
export const daylightMs = (site: Site, fromMs: number, toMs: number): number => {
  let instants = 0
  for (let atMs = Math.ceil(fromMs / GRID_MS) * GRID_MS; atMs < toMs; atMs += GRID_MS) {
    if (isDaylight(site, atMs)) instants += 1
  }
  return instants * GRID_MS
}
