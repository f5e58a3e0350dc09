import { chanceOf } from './random-county.ts'
import { storyOf } from './story.ts'

/** A seed that breaks a rule is named, so that its story can be told again alone. */
const BROKEN_MAX = 20

/** Tells stories, one a seed, until they were of so many villages; `hear` is given what each village was told of each month. */
export const storiesFrom = (
  firstSeed: number,
  villages: number,
  hear: (told: string) => void = () => {},
): { villages: number; broken: string[] } => {
  const broken: string[] = []
  let told = 0
  for (let seed = firstSeed; told < villages && broken.length < BROKEN_MAX; seed += 1) {
    const story = storyOf(chanceOf(seed * 7_919), (what) => void broken.push(`seed ${seed}: ${what}`))
    told += story.villages
    story.told.forEach(hear)
  }
  return { villages: told, broken }
}
