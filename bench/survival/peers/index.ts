import type { Client } from '../client'
import { betterAuth, betterAuthPolling } from './betterAuth'
import { keycloak, keycloakPolling } from './keycloak'
import { nextAuth } from './nextAuth'
import { oidcClientTs, oidcClientTsShort } from './oidcClientTs'
import { para } from './para'
import { supabase } from './supabase'

export const peers: readonly Client[] = [para, nextAuth, betterAuth, betterAuthPolling, supabase, oidcClientTs, oidcClientTsShort, keycloak, keycloakPolling]

/** Those that could not be measured, and why. */
export const missing: readonly { readonly name: string; readonly why: string }[] = []
