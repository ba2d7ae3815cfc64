import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { dist, until, visit } from './visit'

/** A page as a server renders it, and what it says until it is hydrated. */
async function renderedPage(change = (html: string) => html) {
  const { render } = (await import(pathToFileURL(join(dist('react'), 'server/server.js')).href)) as { render(): string }
  const html = readFileSync(join(dist('react'), 'hydrate.html'), 'utf8').replace('<!--rendered-->', change(render()))
  return visit('react', { path: '/rendered', serve: (server) => server.get('/rendered', (_req, res) => void res.type('html').send(html)) })
}

describe('a page that React renders on a server', () => {
  it('says that nobody has been asked, and is hydrated without a mismatch', async () => {
    const { page, problems } = await renderedPage((html) => {
      expect(html).toContain('One moment')
      return html
    })
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.getByText('Signed in, for').waitFor()
    expect(problems).toEqual([])
  })

  it('is told apart from one that says something else', async () => {
    const { page, problems } = await renderedPage((html) => html.replace('One moment', 'Hello'))
    await page.getByRole('button', { name: 'Sign in', exact: true }).waitFor()
    expect(problems).not.toEqual([])
  })
})

describe('a page of React that suspends', () => {
  it('waits for the first verdict, and is rendered once', async () => {
    let release = () => {}
    const held = new Promise<void>((resolve) => (release = resolve))
    const { page, asked, problems } = await visit('react', {
      path: '/suspense.html',
      before: (context) => context.route('**/api/session', (route) => held.then(() => route.continue())),
    })
    await page.getByText('Who is there?').waitFor()
    expect(await page.locator('section').count()).toBe(0)
    release()
    await page.getByRole('button', { name: 'Sign in', exact: true }).waitFor()
    await until(() => page.locator('section').getAttribute('data-rendered'), (times) => expect(times).toBe('1: false'))
    expect(asked('GET /api/session')).toBe(1)
    expect(problems).toEqual([])
  })
})
