import { words } from '../language.ts'

export const NotFoundPage = () => (
  <section class="failure">
    <h1>404</h1>
    <p>{words.value.problems.not_found}</p>
    <a class="button" href="/">
      {words.value.backToOverview}
    </a>
  </section>
)
