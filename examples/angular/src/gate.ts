import { ChangeDetectionStrategy, Component, computed, CUSTOM_ELEMENTS_SCHEMA, DestroyRef, inject } from '@angular/core'
import { toSignal } from '@angular/core/rxjs-interop'
import { from } from 'rxjs'
import { rendered } from '../../common/rendered'
import { Account } from './account'
import { session } from './session'

@Component({
  selector: 'app-gate',
  imports: [Account],
  schemas: [CUSTOM_ELEMENTS_SCHEMA],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <section [attr.data-rendered]="rendered(signedIn())">
      @switch (signedIn()) {
        @case (undefined) {
          One moment …
        }
        @case (true) {
          <app-account />
        }
        @default {
          <button (click)="session.reauthenticate()">Sign in</button>
        }
      }
    </section>
    <outlast-prompt [session]="session" />
  `,
})
export class Gate {
  readonly session = session
  readonly rendered = rendered
  readonly view = toSignal(from(session), { initialValue: session.get() })
  readonly signedIn = computed(() => this.view().signedIn)

  constructor() {
    inject(DestroyRef).onDestroy(session.start())
  }
}
