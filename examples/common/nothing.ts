// In the place of Outlast where `npm run examples` measures what it adds to an app.
export const createSession = () => ({}) as never
export const definePrompt = () => {}
export const httpBackend = () => ({})
export const useSelector = () => undefined
