// What these tests use of it; it comes without types.
declare module 'oidc-provider' {
  import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'

  export default class Provider {
    constructor(issuer: string, configuration: object)
    callback(): RequestListener
    on(event: 'grant.revoked', listener: (context: unknown, grantId: string) => void): this
    interactionDetails(req: IncomingMessage, res: ServerResponse): Promise<{ prompt: { name: string } }>
    interactionFinished(req: IncomingMessage, res: ServerResponse, result: object, options?: { mergeWithLastSubmission: boolean }): Promise<void>
    Grant: {
      new (properties: { accountId: string; clientId: string }): { addOIDCScope(scope: string): void; save(): Promise<string> }
      find(id: string): Promise<{ destroy(): Promise<void> } | undefined>
    }
  }
}
