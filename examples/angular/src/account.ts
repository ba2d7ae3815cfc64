import { ChangeDetectionStrategy, Component, signal } from '@angular/core'
import { sendLetter } from '../../common/letters'
import { Countdown } from './countdown'
import { session } from './session'

@Component({
  selector: 'app-account',
  imports: [Countdown],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    Signed in, for <app-countdown /> s. <button (click)="send()">Send</button>
    <button (click)="session.signOut()">Sign out</button>
    <p>{{ answer() }}</p>
  `,
})
export class Account {
  readonly session = session
  readonly answer = signal('')

  async send() {
    this.answer.set(await session.run(sendLetter).catch(() => 'Not sent'))
  }
}
