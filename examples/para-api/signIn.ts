import { createParaControl } from './client'

/** What Para's web and React clients have in common, as far as it is used here. */
interface Client {
  getUserId(): string | undefined
  importSession(exported: string): Promise<unknown>
  touchSession(): Promise<unknown>
  retrieveSessionCookie(): string | undefined
  setUserId(userId: string): Promise<unknown>
  readonly ctx: { readonly apiKey: string }
}

/** Stands in for an app's own sign-in flow. With Para that is its modal, or pages of yours; the stand-in needs no password. */
export async function signInAtStandIn(para: Client): Promise<void> {
  const control = createParaControl(para.ctx.apiKey)
  if (para.getUserId() === undefined) {
    await para.importSession((await control.signIn()).exported)
    return
  }
  // A client takes one import. Later it is its anonymous session, which followed the ended one, that is signed in.
  await para.touchSession()
  const { userId } = await control.signIn({ session: para.retrieveSessionCookie() ?? '' })
  // As Para's own sign-in does, when its server has said who is there.
  await para.setUserId(userId)
}
