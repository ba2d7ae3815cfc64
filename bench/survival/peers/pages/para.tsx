import './buffer'
import { Environment, ParaWeb } from '@getpara/web-sdk'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import type { ComponentProps } from 'react'
import { App, render } from './app'
import { createAccountHook, ParaProviderCore, store, useAutoSessionKeepAlive, useStore } from './paraSdk'

export { signedIn } from './app'

// With sockets it would load a worker for signing from Para's portal.
const para = new ParaWeb(Environment.DEV, 'DEV_key', { disableWebSockets: true })

/** Without wallets of others, as where an app has configured none. */
const useAccount = createAccountHook()

function useSignedIn() {
  const { isConnected, isLoading } = useAccount()
  const isReady = useStore((state) => state.paraState?.isReady)
  return isConnected || (isReady && !isLoading ? false : undefined)
}

/** As `ParaProvider` does, without its modal. */
function KeepAlive() {
  useAutoSessionKeepAlive({ disabled: false })
  return null
}

// The provider hands on the whole of its store as well, though their types differ.
const coreStore = store as unknown as ComponentProps<typeof ParaProviderCore>['store'] & object

render(
  <QueryClientProvider client={new QueryClient()}>
    <ParaProviderCore paraClientConfig={para} config={{ appName: 'app' }} store={coreStore} waitForReady={false}>
      <KeepAlive />
      <App useSignedIn={useSignedIn} />
    </ParaProviderCore>
  </QueryClientProvider>,
)
