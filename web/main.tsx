import { render } from 'preact'

import { App } from './app.tsx'
import './styles/base.css'
import './styles/parts.css'
import './styles/tables.css'
import './styles/print.css'
import './styles/paper.css'

const root = document.getElementById('app')
if (root) render(<App />, root)
