import { finishPopup } from 'outlast/popup'

// The page to which the identity provider returns; by then the server has signed in whoever was there.
finishPopup({ name: location.pathname.split('/')[1] })
