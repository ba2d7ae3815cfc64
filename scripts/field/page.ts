import { removals } from '../../test/field/removals'

/** What became of a row's tests without what protects them. */
export interface Shown {
  readonly row: string
  readonly passed: number
  readonly broken: number
  readonly failed: number
  readonly message: string
}

const cell = (text: string) => text.replaceAll('|', '\\|').replace(/\s+/g, ' ').trim()
const code = (text: string) => `\`${cell(text).replaceAll('`', "'")}\``

/** test/field/README.md */
export function page(shown: readonly Shown[]): string {
  const lines = removals.map(({ row, protects, patches }) => {
    const { passed = 0, failed = 0, message = '' } = shown.find((entry) => entry.row === row) ?? {}
    const where = patches.map(({ file, find }) => `${code(find)} in ${file}`).join('; ')
    return `| ${row} | ${cell(protects)} | ${where} | ${failed} of ${passed} | ${code(message.replace(/^(\w*Error): /, '').slice(0, 120))} |`
  })
  return `# Failures of the field

What users of other session libraries suffered, each as a named test through the public API; the name of a test says what
happened, and where it was reported. \`npm run field\` takes away what protects from each failure, one after the other, shows
that its tests then fail, and writes this page. Where nothing is there to be taken away, the fault of the others is put in.

| row | what protects | where | fail without it | as |
| --- | --- | --- | --: | --- |
${lines.join('\n')}

In a real browser, besides: F05 and F22 in \`test/browser/tabs/periods.test.ts\`, F09, F11 and F28 in \`test/browser/tabs/degrade.test.ts\`,
F03 in \`test/browser/tabs/throttled.test.ts\`, F27 in \`test/browser/prompt\`, F29 in \`test/browser/tabs/backButton.test.ts\`.
`
}
