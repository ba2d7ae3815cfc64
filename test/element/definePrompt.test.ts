import { expect, it } from 'vitest'
import { definePrompt } from '../../src/element/definePrompt'

it('defines nothing where there is no page', () => {
  expect(typeof customElements).toBe('undefined')
  expect(() => definePrompt()).not.toThrow()
})
