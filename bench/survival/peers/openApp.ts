import type { Tab } from '../../../src/testing'
import type { OpenClient } from '../client'
import { bundle, openPage } from '../page'

/** Opens a page with an app in it that says what it shows. */
export async function openApp(tab: Tab, entry: string, fetch: typeof globalThis.fetch, instead: { readonly [from: string]: string } = {}): Promise<OpenClient> {
  const page = openPage(tab, await bundle(entry, instead), fetch)
  const { signedIn } = page.window['peer'] as Pick<OpenClient, 'signedIn'>
  return { signedIn, close: page.close }
}
