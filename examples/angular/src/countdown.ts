import { ChangeDetectionStrategy, Component, computed } from '@angular/core'
import { toSignal } from '@angular/core/rxjs-interop'
import { from, interval, map } from 'rxjs'
import { secondsLeft } from '../../common/letters'
import { session } from './session'

@Component({
  selector: 'app-countdown',
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: '<output>{{ left() }}</output>',
})
export class Countdown {
  private readonly view = toSignal(from(session), { initialValue: session.get() })
  private readonly now = toSignal(interval(1_000).pipe(map(() => Date.now())), { initialValue: Date.now() })
  readonly left = computed(() => secondsLeft(this.view().expiresAt, this.now()))
}
