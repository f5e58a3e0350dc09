import type { Cells, Village } from './demo-regions.ts'

/** Invented households of the demonstration county, the people in them, each village's distribution plans, the county's rules. */

export type People = { households: Cells[]; persons: Cells[]; plans: Cells[]; planLines: Cells[] }

/** Names no one has: a stem of the calendar, the word for demonstration, a number. Masked, they still differ. */
const STEMS = '甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥'
const POSTS = ['保洁员', '护路员', '护林员', '电站管护员', '防溺水巡查员']

/** 8 to 16 helped households where a station stands, 4 where a village has a share of the joint one. */
const householdsIn = (at: number, hosts: boolean): number => (hosts ? 8 + ((at * 5) % 9) : 4)

const two = (count: number): string => String(count).padStart(2, '0')

const benefit = (at: number): Cells => {
  if (at % 8 === 6) return { kind: 'works', post: '村内道路维护', weight_yuan: '300' }
  if (at % 8 === 7) return { kind: 'reward', post: '', weight_yuan: '200' }
  const post = POSTS[at % POSTS.length] ?? ''
  return { kind: 'post', post, weight_yuan: post === '电站管护员' ? '600' : '500' }
}

const plansOf = (village: Village, year: number): Cells[] =>
  [year - 1, year].map((planYear) => ({
    village_code: village.code,
    year: String(planYear),
    version: '1',
    state: planYear === year ? 'executing' : 'announced',
    pool: 'accrued',
    collective_reserve_percent: '5',
    document: `示范数据：${village.name}${planYear}年度收益分配方案`,
  }))

const peopleOf = (village: Village, villageAt: number, hosts: boolean, year: number): People => {
  const people: People = { households: [], persons: [], plans: plansOf(village, year), planLines: [] }
  for (let at = 0; at < householdsIn(villageAt, hosts); at += 1) {
    const householdId = `H-${village.code}-${two(at + 1)}`
    const head = `${STEMS.charAt((villageAt + at) % STEMS.length)}示范${two(at + 1)}`
    const names = at % 3 === 0 ? [head, `${head}家人`] : [head]
    people.households.push({ household_id: householdId, village_code: village.code, head_name: head })
    names.forEach((name, member) => {
      people.persons.push({ person_id: `P-${village.code}-${two(at + 1)}-${member + 1}`, household_id: householdId, name })
    })
    for (const { year: planYear = '', version = '' } of people.plans) {
      people.planLines.push({
        village_code: village.code,
        year: planYear,
        version,
        line_id: `L${two(at + 1)}`,
        household_id: householdId,
        person_id: `P-${village.code}-${two(at + 1)}-${names.length}`,
        ...benefit(at),
      })
    }
  }
  return people
}

/** Rules of the kinds and figures that documents of such counties have; the documents are invented. */
export const demoPolicyRules = (countyCode: string): Cells[] => {
  const rules: Cells[] = [
    { kind: 'minimum_labour_share', percent: '60', base: 'net', numerator: 'posts_and_works', clause: '第八条' },
    { kind: 'operation_ceiling', percent: '5', base: 'gross', clause: '第六条' },
    { kind: 'notice_days', count: '10', clause: '第十二条' },
    { kind: 'review_months', count: '12', clause: '第十五条' },
    { kind: 'benefits_per_person', count: '1', clause: '第十条' },
  ]
  const common = {
    county_code: countyCode,
    valid_from: '2022-01-01',
    document: '示范数据：光伏帮扶电站收益分配管理办法',
  }
  return rules.map((rule) => ({ ...common, ...rule }))
}

/** Everyone, with a plan that was carried out last year and one in force this year. */
export const demoPeople = (given: { hosting: readonly Village[]; sharing: readonly Village[]; year: number }): People => {
  const all = [
    ...given.hosting.map((village, at) => peopleOf(village, at, true, given.year)),
    ...given.sharing.map((village, at) => peopleOf(village, at, false, given.year)),
  ]
  return {
    households: all.flatMap(({ households }) => households),
    persons: all.flatMap(({ persons }) => persons),
    plans: all.flatMap(({ plans }) => plans),
    planLines: all.flatMap(({ planLines }) => planLines),
  }
}
