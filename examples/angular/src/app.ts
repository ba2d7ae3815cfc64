import { Component, signal } from '@angular/core'
import { Gate } from './gate'

@Component({
  selector: 'app-root',
  imports: [Gate],
  template: `
    <button (click)="open.set(!open())">{{ open() ? 'Close' : 'Open' }}</button>
    @if (open()) {
      <app-gate />
    }
  `,
})
export class App {
  readonly open = signal(true)
}
