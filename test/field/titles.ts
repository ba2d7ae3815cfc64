import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../scripts/entries'

export interface Title {
  readonly symptom: string
  /** Where it was reported. */
  readonly threads: string
}

/** What the tests of the field say of each row, as their files have it: `describe('F01: symptom (tracker#number)'`. */
export function titles(): Map<string, Title> {
  const files = readdirSync(join(root, 'test/field')).filter((name) => name.endsWith('.test.ts'))
  const found = files.flatMap((name) => [...readFileSync(join(root, 'test/field', name), 'utf8').matchAll(/^describe\('(F\d\d): (.+) \((.+)\)'/gm)])
  return new Map(found.map(([, row = '', symptom = '', threads = '']) => [row, { symptom: symptom.replaceAll("\\'", "'"), threads }]))
}
