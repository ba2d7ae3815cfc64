import { put, table } from '../frontier/render'

/** What became of the mutants of one file. */
export interface Score {
  readonly file: string
  readonly mutants: number
  /** Noticed by a test, or by never coming to an end. */
  readonly killed: number
  readonly timedOut: number
  readonly survived: number
  /** In percent, rounded down to a tenth. */
  readonly score: number
}

export interface Figures {
  readonly all: Score
  readonly files: readonly Score[]
}

export const LEAST_SCORE = 90

const score = (killed: number, mutants: number) => (mutants === 0 ? 100 : Math.floor((1000 * killed) / mutants) / 10)

export function scoreOf(file: string, mutants: readonly { readonly status: string }[]): Score {
  const count = (...statuses: string[]) => mutants.filter(({ status }) => statuses.includes(status)).length
  const timedOut = count('Timeout')
  const killed = count('Killed') + timedOut
  const survived = count('Survived', 'NoCoverage')
  return { file, mutants: killed + survived, killed, timedOut, survived, score: score(killed, killed + survived) }
}

export function figuresOf(files: readonly Score[]): Figures {
  const sum = (key: 'mutants' | 'killed' | 'timedOut' | 'survived') => files.reduce((total, { [key]: count }) => total + count, 0)
  const [mutants, killed] = [sum('mutants'), sum('killed')]
  return { all: { file: 'all', mutants, killed, timedOut: sum('timedOut'), survived: sum('survived'), score: score(killed, mutants) }, files }
}

export const text = ({ all, files }: Figures) => {
  const row = ({ file, mutants, killed, survived, score: percent }: Score) => [file, String(mutants), String(killed), String(survived), `${percent.toFixed(1)} %`]
  return table(['', 'mutants', 'noticed', 'not', 'score'], [...files.map((one) => row({ ...one, file: `\`${one.file}\`` })), row({ ...all, file: '**all**' }).map((cell, i, { length }) => (i === length - 1 ? `**${cell}**` : cell))])
}

export const fill = (page: string, figures: Figures) => put(page, { mutation: text(figures) })
