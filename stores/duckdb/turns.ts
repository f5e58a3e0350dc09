/** Runs pieces of work strictly one after another, in the order they were handed in; one that fails does not stop the next. */
export type Turns = <Result>(work: () => Promise<Result>) => Promise<Result>

export const createTurns = (): Turns => {
  let last: Promise<unknown> = Promise.resolve()
  return <Result>(work: () => Promise<Result>): Promise<Result> => {
    const turn = last.then(work)
    last = turn.catch(() => undefined)
    return turn
  }
}
