import { describe, expect, test } from 'vitest'
import {
  covers,
  handles,
  mayRead,
  type Principal,
  principalSchema,
  RESOURCES,
  type Resource,
  type Role,
  roleFits,
  ROLES,
  USER_NAME_PATTERN,
  WHOLE_COUNTRY,
} from '../../domain/access.ts'
import { REGION_LEVELS } from '../../domain/registry.ts'

const CITY = '520300000000'
const COUNTY = '520325000000'
const TOWN = '520325101000'
const VILLAGE = '520325101200'
const path = [VILLAGE, TOWN, COUNTY, CITY]
const neighbourPath = ['520325101201', TOWN, COUNTY, CITY]
const elsewherePath = ['520326101200', '520326101000', '520326000000', CITY]

const aPrincipal = (role: Role, regionCode: string): Principal => ({ userName: 'demo', role, regionCode })

describe('covers', () => {
  test.each([[VILLAGE], [TOWN], [COUNTY], [CITY], [WHOLE_COUNTRY]])(
    'scope %s holds the village on whose way up it lies',
    (scope) => {
      expect(covers(scope, path)).toBe(true)
    },
  )

  test('a county does not hold the village of another county, whatever the digits', () => {
    expect(covers(COUNTY, elsewherePath)).toBe(false)
    expect(covers('520325', path)).toBe(false)
    expect(covers('52032510', path)).toBe(false)
    expect(covers('', path)).toBe(false)
  })

  test('a village that moved is held by its new county and no longer by the one its digits name', () => {
    const moved = [VILLAGE, '520326101000', '520326000000', CITY]
    expect(covers(COUNTY, moved)).toBe(false)
    expect(covers('520326000000', moved)).toBe(true)
  })

  test('a region nobody knows is in nobody’s scope, not even the whole country’s', () => {
    expect(covers(WHOLE_COUNTRY, [])).toBe(false)
    expect(covers(COUNTY, [])).toBe(false)
  })
})

describe('mayRead', () => {
  /** Someone of that role in the region such a person is given. */
  const inPlace = (role: Role) => aPrincipal(role, role === 'village_accountant' ? VILLAGE : COUNTY)
  const everyday = ['region', 'station', 'generation', 'alert'] as const
  const granted: Record<Role, readonly Resource[]> = {
    administrator: [
      ...everyday,
      ...([
        'correction',
        'income',
        'household',
        'receipt',
        'carry_over',
        'payment',
        'payee_account',
        'quarantine',
        'slip_entry',
        'registry',
      ] as const),
    ],
    county_officer: [...everyday, 'correction', 'income', 'household', 'receipt', 'payee_account', 'quarantine', 'slip_entry'],
    carry_over_cashier: [...everyday, 'income', 'receipt', 'carry_over'],
    operator: [...everyday, 'correction', 'quarantine'],
    village_accountant: [...everyday, 'income', 'household', 'receipt', 'payment', 'payee_account'],
  }

  test.each(ROLES)('in its own region the role %s reads what it is granted and nothing else', (role) => {
    expect(RESOURCES.filter((resource) => mayRead(inPlace(role), resource, path)).toSorted()).toEqual(granted[role].toSorted())
  })

  test('an operator sees neither households nor income', () => {
    expect(handles('operator', 'household')).toBe(false)
    expect(handles('operator', 'income')).toBe(false)
  })

  test.each([
    ['of another county', elsewherePath],
    ['of a region nobody knows', []],
  ])('nobody reads anything %s', (_, where) => {
    const read = ROLES.flatMap((role) => RESOURCES.filter((resource) => mayRead(inPlace(role), resource, where)))
    expect(read).toEqual([])
  })

  test('a village accountant reads the own village, not the neighbour’s and not the town', () => {
    const accountant = aPrincipal('village_accountant', VILLAGE)
    expect(mayRead(accountant, 'household', path)).toBe(true)
    expect(mayRead(accountant, 'household', neighbourPath)).toBe(false)
    expect(mayRead(accountant, 'income', [TOWN, COUNTY, CITY])).toBe(false)
    expect(mayRead(accountant, 'quarantine', path)).toBe(false)
  })

  test('a village accountant who was given a larger region by mistake reads nothing of its villages', () => {
    expect(mayRead(aPrincipal('village_accountant', COUNTY), 'household', path)).toBe(false)
    expect(mayRead(aPrincipal('village_accountant', WHOLE_COUNTRY), 'household', path)).toBe(false)
  })
})

test.each(ROLES)('the role %s is given for a village if it is the accountant’s, and otherwise for anything larger', (role) => {
  const fitting = (['country', ...REGION_LEVELS] as const).filter((level) => roleFits(role, level))
  expect(fitting).toEqual(role === 'village_accountant' ? ['village'] : ['country', 'province', 'city', 'county', 'town'])
})

describe('a user name', () => {
  test.each(['甲', 'li.si-2_b@wuli', 'Ünal', '甲'.repeat(64)])('may be %j', (name) => {
    expect(USER_NAME_PATTERN.test(name)).toBe(true)
  })

  test.each([
    '',
    '甲'.repeat(65),
    'li si',
    ' li',
    'li ',
    'li\n',
    '\nli',
    'li\u200b',
    '\u202eli',
    '\u3000li',
    'li/si',
    '<li>',
    'li#',
  ])('is never %j', (name) => {
    expect(USER_NAME_PATTERN.test(name)).toBe(false)
  })
})

describe('a principal out of a token', () => {
  const principal = aPrincipal('operator', COUNTY)

  test('is taken as it stands', () => {
    expect(principalSchema.parse(principal)).toEqual(principal)
  })

  test.each([
    ['without a name', { ...principal, userName: undefined }],
    ['with a name that is none', { ...principal, userName: 'li si' }],
    ['without a role', { ...principal, role: undefined }],
    ['with a role nobody grants anything', { ...principal, role: 'toString' }],
    ['without a region', { ...principal, regionCode: undefined }],
    ['with a region of too few digits', { ...principal, regionCode: COUNTY.slice(1) }],
    ['with a region of too many digits', { ...principal, regionCode: `${COUNTY}0` }],
    ['with something before the region', { ...principal, regionCode: `x${COUNTY}` }],
    ['with a region of other signs', { ...principal, regionCode: 'abcdefghijkl' }],
    ['with a region that is a number', { ...principal, regionCode: Number(COUNTY) }],
    ['with anything more', { ...principal, disabled: false }],
  ])('is refused %s', (_, given) => {
    expect(principalSchema.safeParse(given).success).toBe(false)
  })
})
