import { type Removal, removals } from '../../test/field/removals'
import { titles } from '../../test/field/titles'

/** What became of a row's tests without what protects them. */
export interface Shown {
  readonly row: string
  readonly passed: number
  readonly failed: number
  readonly message: string
  readonly isProven: boolean
}

const cell = (text: string) => text.replaceAll('|', '\\|').replace(/\s+/g, ' ').trim()
const code = (text: string) => `\`${cell(text).replaceAll('`', "'")}\``

/** What is known of a row without running anything; a test shows that the page is not older than the table. */
export function rowOf({ row, protects, adds, patches }: Removal): string {
  const { symptom, threads } = titles().get(row) ?? { symptom: '', threads: '' }
  const where = patches.map(({ file, find, replace }) => `${code((adds ? replace : find).trim())} in ${file}`).join('; ')
  return `| ${row} | ${cell(symptom)} (${cell(threads)}) | ${cell(protects)} | ${adds ? 'put in: ' : ''}${where} |`
}

/** test/field/README.md */
export function page(shown: readonly Shown[]): string {
  const lines = removals.map((removal) => {
    const { passed = 0, failed = 0, message = '', isProven = false } = shown.find(({ row }) => row === removal.row) ?? {}
    return `${rowOf(removal)} ${isProven ? `${failed} of ${passed}` : '**not proven**'} | ${code(message.replace('AssertionError: ', '').slice(0, 120))} |`
  })
  const inBrowsers = removals.flatMap(({ row, browser }) => (browser ? `| ${row} | ${code(browser.file)} | ${cell(browser.test)} |` : []))
  return `# Failures of the field

What users of other session libraries suffered, each as named tests through the public API, in virtual time.
\`npm run field\` takes away what protects from each failure, one after the other, shows that its tests then fail, and writes this page.
Where nothing is there to be taken away, because the protection is that something is not done, the fault of the others is put in.

| row | symptom | what protects | where | fail without it | as |
| --- | --- | --- | --- | --: | --- |
${lines.join('\n')}

The same in a real browser:

| row | file | test |
| --- | --- | --- |
${inBrowsers.join('\n')}
`
}
