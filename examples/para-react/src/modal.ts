import { useModal } from '@getpara/react-sdk-lite'
import { useEffect } from 'react'

let open = () => {}
let closed = () => {}

/** Para's modal as the app's sign-in flow: it is over when the modal is closed, whatever came of it. */
export const signInWithModal = () =>
  new Promise<void>((resolve) => {
    closed = resolve
    open()
  })

/** Lets `signInWithModal` reach the modal. Somewhere inside of `ParaProvider`, once. */
export function ModalBridge() {
  const { isOpen, openModal } = useModal()
  useEffect(() => void (open = openModal))
  useEffect(() => void (isOpen || closed()), [isOpen])
  return null
}
