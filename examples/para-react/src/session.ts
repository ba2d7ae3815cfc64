import { createSession } from 'outlast'
import { paraBackend } from 'outlast/para'
import { signInAtStandIn } from '../../para-api/signIn'
import { signInWithModal } from './modal'
import { para } from './para'

// The modal is Para's own; what it asks of Para's servers, the stand-in cannot answer.
const signIn = location.search.includes('modal') ? signInWithModal : () => signInAtStandIn(para)

export const session = createSession(paraBackend(para, { signIn }))
