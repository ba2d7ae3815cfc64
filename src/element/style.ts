/**
 * System colours, so that it is dark exactly where the page is: by the page's own `color-scheme`. A media query would
 * make it dark on a dark machine in a page that knows no dark, and no `light-dark()` is needed for it.
 */
export const style = `
:host {
  display: contents;
  --surface: var(--outlast-surface, Canvas);
  --text: var(--outlast-text, CanvasText);
  --muted: var(--outlast-muted, color-mix(in srgb, var(--text) 68%, var(--surface)));
  --border: var(--outlast-border, color-mix(in srgb, var(--text) 16%, var(--surface)));
  --accent: var(--outlast-accent, var(--text));
  --on-accent: var(--outlast-on-accent, var(--surface));
  --radius: var(--outlast-radius, 1rem);
}
[hidden] { display: none !important }
dialog, .strip {
  box-sizing: border-box;
  border: 1px solid var(--border);
  background: var(--surface);
  color: var(--text);
  font-family: var(--outlast-font, inherit);
  font-weight: 400;
  line-height: 1.5;
  letter-spacing: normal;
  text-align: start;
  text-transform: none;
  white-space: normal;
  overflow-wrap: anywhere;
}
dialog {
  inline-size: min(27rem, 100% - 2rem);
  padding: 0;
  border-radius: var(--radius);
  box-shadow: 0 1.5rem 4rem -1rem rgb(0 0 0 / .4);
  font-size: 1rem;
}
dialog[open] { animation: rise .18s ease-out }
dialog::backdrop { background: var(--outlast-backdrop, rgb(0 0 0 / .4)); animation: fade .18s ease-out }
.panel { padding: 1.625rem 1.75rem 1.75rem }
h2 { margin: 0; font-size: 1.25rem; font-weight: 650; line-height: 1.3; letter-spacing: -.012em; text-wrap: balance; outline: none }
p { margin: .5rem 0 0; color: var(--muted); text-wrap: balance }
.time { display: inline-block; color: var(--text); font-weight: 650; font-variant-numeric: tabular-nums; unicode-bidi: isolate }
.hint { margin-block-start: 1rem; padding-inline-start: .75rem; border-inline-start: 3px solid var(--accent); color: var(--text) }
.actions { display: flex; flex-wrap: wrap; gap: .625rem; margin-block-start: 1.5rem }
button {
  flex: 1 1 auto;
  min-inline-size: 7rem;
  max-inline-size: 100%;
  min-block-size: 2.75rem;
  padding: .5rem 1rem;
  border: 1px solid var(--border);
  border-radius: calc(var(--radius) * .625);
  background: transparent;
  color: inherit;
  font: inherit;
  font-weight: 550;
  line-height: 1.3;
  cursor: pointer;
  transition: background-color .12s;
}
button:hover { background: color-mix(in srgb, var(--text) 7%, var(--surface)) }
.primary { border-color: transparent; background: var(--accent); color: var(--on-accent) }
.primary:hover { background: color-mix(in srgb, var(--accent) 86%, var(--surface)) }
button:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
.status { position: fixed; inset-inline: 1rem; inset-block-end: max(1rem, env(safe-area-inset-bottom)); z-index: 2147483647; pointer-events: none }
.strip {
  display: flex;
  align-items: center;
  gap: .625rem;
  inline-size: fit-content;
  margin: 0 auto;
  padding: .4375rem 1rem .4375rem .875rem;
  border-radius: 99rem;
  box-shadow: 0 .5rem 1.5rem -.5rem rgb(0 0 0 / .35);
  font-size: .875rem;
  animation: fade .3s 2s ease-out both;
}
.strip::before { content: ''; flex: none; border: .25rem solid; border-radius: 50%; color: var(--muted) }
.unseen { position: absolute; overflow: hidden; inline-size: 1px; block-size: 1px; margin: 0; clip-path: inset(50%); white-space: nowrap }
@keyframes rise { from { opacity: 0; transform: translateY(.5rem) } }
@keyframes fade { from { visibility: hidden; opacity: 0 } }
@media (prefers-reduced-motion: reduce) {
  dialog[open], dialog::backdrop { animation: none }
  .strip { animation-duration: 1ms }
  button { transition: none }
}
`
