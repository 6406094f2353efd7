// The first thing that the page runs.
import { render } from 'preact'
import { App } from './app.tsx'
import './style/tokens.css'
import './style/base.css'
import './style/board.css'
import './style/tools.css'
import './style/people.css'
import './style/chips.css'
import './style/sheets.css'
import './style/own-state.css'
import './style/gate.css'
import './style/wall.css'

const parameters = new URLSearchParams(location.search)
const wall = parameters.has('wall')
const { dataset } = document.documentElement
// A wall is dark unless it is asked to be light; otherwise the reader's own setting counts.
if (wall) {
  dataset.wall = ''
  dataset.theme = parameters.get('wall') === 'light' ? 'light' : 'dark'
}
const place = document.getElementById('board')
if (place !== null) render(<App wall={wall} />, place)
