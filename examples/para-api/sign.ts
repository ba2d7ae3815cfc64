/** What Para's web and server clients have in common, as far as it is used here. */
interface Signer {
  getUserId(): string | undefined
  readonly ctx: { readonly client: { preSignMessage(userId: string, walletId: string, message: string): Promise<unknown> } }
}

/** The stand-in has no wallets, and takes any id for one. */
const WALLET_ID = 'stand-in-wallet'

/**
 * The first step of Para's `signMessage()`, made by Para's own client: it asks the API to sign, and fails with Para's own
 * error when the session is over. The second step needs a wallet's key share, a WebAssembly module from Para's portal and
 * the MPC network on port 3000, none of which is here. So what comes back is **not a signature**, but a hash that the
 * stand-in puts in its place.
 */
export async function signMessage(para: Signer, text: string): Promise<string> {
  const userId = para.getUserId()
  if (userId === undefined) throw new Error('Nobody is there to sign.')
  const message = btoa(String.fromCodePoint(...new TextEncoder().encode(text)))
  const { standInSignature } = (await para.ctx.client.preSignMessage(userId, WALLET_ID, message)) as { standInSignature: string }
  return standInSignature
}
