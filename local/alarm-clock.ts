/** Sleeps that somebody else can end. */
export type AlarmClock = {
  /** Resolves after this long, or at the next `wake`; at once when `wake` came since the last sleep. */
  sleep: (ms: number) => Promise<void>
  wake: () => void
}

export const alarmClock = (): AlarmClock => {
  let woken = false
  let end: (() => void) | undefined
  return {
    sleep: async (ms) => {
      if (!woken && ms > 0) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms)
          end = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      }
      woken = false
      end = undefined
    },
    wake: () => {
      woken = true
      end?.()
    },
  }
}
