/** Papers that several tasks come from. */
import type { Paper } from '../../../rules/index.ts'

export const marschall: Paper = {
  authors: 'Marschall, Cho & Savin',
  year: 2020,
  title: 'A unified framework of online learning algorithms for training recurrent neural networks',
  id: 'arXiv:1907.02649',
}

/** Whose protocol the sizes of copy, adding, rotations and chaotic series follow. */
export const sketchedRtrl: Paper = {
  authors: 'Sketched RTRL',
  year: 2026,
  title: 'Low-rank real-time recurrent learning with a certificate',
  id: 'github:sonaradarcn/sketched-rtrl',
}
