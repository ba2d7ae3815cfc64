import { createSession } from 'outlast'
import { paraBackend } from 'outlast/para'
import { signInAtStandIn } from '../../para-api/signIn'
import { para } from './para'

const signIn = () => signInAtStandIn(para)

export const session = createSession(paraBackend(para, { signIn }))
