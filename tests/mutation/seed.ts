import * as fc from 'fast-check'

// With one seed a score that fell is the code's doing or the tests', never luck's.
fc.configureGlobal({ seed: 20_261_122 })
