// The files of Para's React SDK that keep a session alive and show it; its packages export none of them.
export { ParaProviderCore } from '../../../node_modules/@getpara/react-core/dist/provider/ParaProviderCore.js'
export { createAccountHook } from '../../../node_modules/@getpara/react-core/dist/provider/hooks/queries/createAccountHook.js'
export { store, useStore } from '../../../node_modules/@getpara/react-sdk-lite/dist/provider/stores/useStore.js'
export { useAutoSessionKeepAlive } from '../../../node_modules/@getpara/react-sdk-lite/dist/provider/hooks/utils/useAutoSessionKeepAlive.js'
