import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createParaControl, type ParaControl, uniqueApiKey } from '../../examples/para-api/client'
import { readReply } from '../../src/backend'
import { paraBackend } from '../../src/backends/para'
import { newPara } from './paraWorld'

// Clients of the real SDK in the states that are not a plain sign-in.

let control: ParaControl
beforeEach(() => {
  vi.spyOn(console, 'log').mockImplementation(() => undefined)
  control = createParaControl(uniqueApiKey())
})
afterEach(async () => {
  vi.restoreAllMocks()
  await control.forget()
})

async function imported(exportOverrides: Record<string, unknown>) {
  const para = newPara(control)
  await para.importSession((await control.signIn({ exportOverrides })).exported)
  const backend = paraBackend(para)
  const check = async () => readReply('check', await backend.check({ signal: new AbortController().signal, timeoutMs: 1_000 }))
  return { para, check }
}

const address = '0xa11ce'
const externalWallets = (extra: object) => ({ [address]: { id: address, address, type: 'EVM', isExternal: true, ...extra } })
const verification = {
  authInfo: { auth: { externalWalletAddress: address }, authType: 'externalWallet', identifier: address, externalWallet: { address, type: 'EVM', withVerification: true } },
  externalWallets: externalWallets({ isExternalWithVerification: true }),
}

it('a wallet that is only connected is signed in for good', async () => {
  const { para, check } = await imported({ authInfo: null, userId: null, externalWallets: externalWallets({ isExternalConnectionOnly: true }) })
  expect(para.externalWalletConnectionType).toBe('CONNECTION_ONLY')
  await control.revoke()
  expect(await check()).toMatchObject({ status: 'alive', permanent: true })
})

it('pregenerated wallets without a user are signed in for good', async () => {
  const wallet = { id: 'w', type: 'EVM', scheme: 'DKLS', isPregen: true, pregenIdentifierType: 'EMAIL', pregenIdentifier: 'ada@example.com' }
  const { para, check } = await imported({ userId: null, wallets: { w: wallet } })
  expect(para.pregenIds).toEqual({ EMAIL: ['ada@example.com'] })
  await control.revoke()
  expect(await check()).toMatchObject({ status: 'alive', permanent: true })
})

it('other wallets without a user are not, although the SDK lists them as pregenerated', async () => {
  const { para, check } = await imported({ userId: null, wallets: { w: { id: 'w', type: 'EVM', scheme: 'DKLS' } } })
  expect(para.pregenIds).toEqual({ undefined: [undefined] })
  await control.revoke()
  expect(await check()).toMatchObject({ status: 'ended' })
})

it('a verified wallet is alive until its session ends', async () => {
  await control.configure({ verifiedExternalWalletAddresses: [address] })
  const { para, check } = await imported(verification)
  expect(para.externalWalletConnectionType).toBe('VERIFICATION')
  expect(await para.isSessionActive()).toBe(true)
  expect(await check()).toMatchObject({ status: 'alive', permanent: false })
})

it('a wallet whose address is not verified yet is not ended, though isSessionActive() says false', async () => {
  const { para, check } = await imported(verification)
  expect(await para.isSessionActive()).toBe(false)
  expect(await check()).toMatchObject({ status: 'alive', permanent: false })
  await control.revoke()
  expect(await check()).toMatchObject({ status: 'ended' })
})

it('a client that was never signed in is nobody’s', async () => {
  const check = await paraBackend(newPara(control)).check({ signal: new AbortController().signal, timeoutMs: 1_000 })
  expect(readReply('check', check)).toMatchObject({ status: 'ended' })
})
