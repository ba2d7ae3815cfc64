import '@getpara/react-sdk-lite/styles.css'
import { ParaProvider } from '@getpara/react-sdk-lite'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { definePrompt } from 'outlast/element'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './App'
import { para } from './para'

definePrompt()

createRoot(document.querySelector('#app')!).render(
  <StrictMode>
    <QueryClientProvider client={new QueryClient()}>
      <ParaProvider
        paraClientConfig={para}
        config={{ appName: 'Letters', disableAutoSessionKeepAlive: true }}
        externalWalletConfig={{ wallets: [] }}
      >
        <App />
      </ParaProvider>
    </QueryClientProvider>
  </StrictMode>,
)
