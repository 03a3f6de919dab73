/**
 * The buttons of a task, and the questions it asks.
 */
import { html } from './html.js';
import { CameraButton } from './camera.js';
import { Lines } from './lines.js';
import { Notice } from './parts.js';
import { everywhere, undoable } from '../dialog.js';
import { amount, t, visible } from '../text.js';

/** @param {any} props */
export function Ask({ flow, app, missing }) {
  const answer = (/** @type {string} */ type) => () => app.shift.pressed({ type });
  if (flow.ask.kind === 'finish') {
    return html`<${Lines} lines=${[]} missing=${missing} app=${app} /><section class="ask">
      <button class="big primary" onClick=${answer('finish_all')}>${t('ui.task.finish_all')}<small>${t('ui.task.finish_all_hint')}</small></button>
      <button class="big" onClick=${answer('finish_part')}>${t('ui.task.finish_part')}<small>${t('ui.task.finish_part_hint')}</small></button>
      <button class="big" onClick=${answer('cancel')}>${t('ui.task.go_on')}</button>
    </section>`;
  }
  return html`<section class="ask">
    <${Notice} kind="warn" title=${visible(flow.ask.text)}>${flow.sheet ? t('ui.task.due', { code: flow.due }) : app.catalogue.copy() ? t('ui.task.place_not_in_copy') : t('ui.task.no_copy')}<//>
    <button class="big primary" onClick=${answer('confirm')}>${t('ui.task.use_it')}</button>
    <button class="big" onClick=${answer('cancel')}>${t('ui.task.no')}</button>
  </section>`;
}

/** @param {any} props */
export function Actions({ app, flow, lines, onPad, onType }) {
  const last = undoable(app.shift.state.records, app.shift.state.operator.badge, flow.task);
  const place = flow.location !== null;
  return html`<nav class="actions" aria-label=${t('ui.task.buttons')}>
    <div class="row small">
      <button onClick=${onType}>${t('ui.task.type')}</button>
      <${CameraButton} app=${app} />
      ${place && flow.task !== 'look' ? html`<button onClick=${() => app.shift.pressed({ type: 'location' })}>${t('ui.task.other_place')}</button>` : null}
      <button onClick=${() => app.shift.choose(null)}>${t('ui.task.tasks')}</button>
    </div>
    ${flow.task === 'look' || everywhere(flow.task) ? null : html`<div class="row">
      <button class="big" disabled=${!last} onClick=${() => app.shift.pressed({ type: 'undo' })}>\u21b6 ${t('ui.task.undo')}</button>
      <button class="big" onClick=${onPad}>${flow.quantity === '1' ? t('ui.task.quantity') : t('ui.task.quantity_is', { n: amount(flow.quantity) })}</button>
    </div>`}
    ${flow.task === 'count' && place ? html`<div class="row">
      ${lines.length === 0
    ? html`<button class="big primary" onClick=${() => app.shift.pressed({ type: 'empty' })}>${t('ui.task.empty')}</button>`
    : html`<button class="big primary" onClick=${() => app.shift.pressed({ type: 'finish' })}>${t('ui.task.finish')}</button>`}
    </div>` : null}
  </nav>`;
}
