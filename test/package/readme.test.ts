import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { budgets, entries, root } from '../../scripts/entries'
import { freshProject, type FreshProject } from './freshProject'

const readme = readFileSync(join(root, 'README.md'), 'utf8')
const blocksOf = (text: string) => [...text.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(match => match[1] ?? '')
const blocks = blocksOf(readme)
const pages = readdirSync(join(root, 'docs')).filter(name => name.endsWith('.md'))
const guides = pages.flatMap(name => blocksOf(readFileSync(join(root, 'docs', name), 'utf8')))

/** The first TypeScript block under a heading of the README. */
function blockUnder(heading: string): string {
  const section = readme.indexOf(`\n## ${heading}\n`)
  const block = blocks.find(text => section >= 0 && readme.indexOf(text) > section)
  if (block === undefined) throw new Error(`README.md has no ts block under "## ${heading}"`)
  return block
}

/** What the block imports beside the package itself, by package name. */
function vendorsOf(block: string): string[] {
  return [...block.replace(/^ *\/\/.*$/gm, '').matchAll(/from '(@[^/']+\/[^/']+|[^./@'][^/']*)/g)].map(match => match[1] ?? '').filter(name => name !== 'outlast')
}

describe("the README's examples, in a fresh project", () => {
  let project: FreshProject
  beforeAll(() => {
    project = freshProject()
    for (const vendor of new Set([...blocks, ...guides].flatMap(vendorsOf))) {
      project.link(vendor)
      // Some have their types in a package of their own.
      if (existsSync(join(root, 'node_modules/@types', vendor))) project.link(`@types/${vendor}`)
    }
  })
  afterAll(() => project.remove())

  it('compile in strict mode as they stand', () => {
    expect(blocks.length).toBeGreaterThanOrEqual(4)
    expect(guides.length).toBeGreaterThan(0)
    // As in an app with a bundler; skipLibCheck because the declarations of vendors are theirs to keep right.
    const files = [...blocks, ...guides].map((block, index) => project.write(`block${String(index)}.ts`, block))
    const ran = project.typecheck(files, { module: 'ESNext', moduleResolution: 'Bundler', lib: ['ES2022', 'DOM', 'DOM.Iterable'], skipLibCheck: true })
    expect(ran.stdout).toBe('')
  })

  it("reach the server's first verdict in ten lines", async () => {
    const block = blockUnder('Ten lines')
    expect(block.split('\n').filter(line => line.trim() !== '').length).toBeLessThanOrEqual(10)
    // The same lines, only pointed at the stand-in of Para's API. Outlast's timers never hold a process, so one of ours does.
    const pointed = block.replace(/new (Para\w*)\([^)]*\)/g, `new $1('DEV', 'DEV_readme')`)
    expect(pointed).not.toBe(block)
    const tail = `
      setInterval(() => undefined, 1_000)
      const view = await session.ready()
      process.stdout.write('\\nview ' + JSON.stringify(view), () => process.exit(0))
    `
    const entryPoint = project.write('run.ts', `${pointed}\n{${tail}}\n`)
    await build({ entryPoints: [entryPoint], outfile: join(project.dir, 'run.mjs'), bundle: true, packages: 'external', format: 'esm', platform: 'node', logLevel: 'silent' })

    const { status, stdout, stderr } = project.node('run.mjs')
    expect(status, stderr).toBe(0)
    const view = JSON.parse(stdout.split('\nview ').at(-1) ?? '') as { signedIn: unknown }
    expect(view.signedIn).toBeTypeOf('boolean')
  })

  it('live through an outage and a sleep in a world of their own, and through random worlds', async () => {
    const entryPoint = project.write('world.ts', blockUnder('In your tests'))
    await build({ entryPoints: [entryPoint], outfile: join(project.dir, 'world.mjs'), bundle: true, packages: 'external', format: 'esm', platform: 'node', logLevel: 'silent' })
    expect(project.node('world.mjs')).toMatchObject({ status: 0, stdout: 'true\n[]\n', stderr: '' })
  })

  it('name every entry point, and the budgets that the size check holds', () => {
    for (const { name } of entries) expect(readme).toContain(`| \`${name}\``)
    for (const { bytes } of budgets) expect(readme).toContain(`${String(bytes / 1024)} KB`)
  })
})
