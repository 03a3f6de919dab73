/**
 * The operator's app: what is always in view, and which screen is shown.
 */
import { html } from './html.js';
import { Badge } from './badge.js';
import { Home } from './home.js';
import { Late } from './late.js';
import { Menu, Queue, Recent } from './queue.js';
import { Task } from './task.js';
import { Notice } from './parts.js';
import { ago, amount, t, visible } from '../text.js';

/** @param {any} props */
export function Operator({ app }) {
  const { shift } = app;
  return html`<div class=${shift.state.flow || shift.state.asked !== null ? 'op busy' : 'op'}>
    ${shift.state.device ? html`<${Bar} app=${app} />` : null}
    <${Banners} app=${app} />
    <${Screen} app=${app} />
    ${shift.state.unsaved.length ? html`<${NotSaved} app=${app} />` : null}
  </div>`;
}

/** @param {any} props */
function Screen({ app }) {
  const { device, operator, asked, flow } = app.shift.state;
  if (app.path === '/join' || !device) return html`<${Late} file="enrol.js" name=${app.path === '/join' ? 'Join' : 'NotEnrolled'} app=${app} />`;
  if (app.screen === 'queue') return html`<${Queue} app=${app} />`;
  if (app.screen === 'proof') return html`<${Late} file="proof.js" name="Proof" app=${app} />`;
  if (asked !== null) return app.PinPad ? html`<${app.PinPad} app=${app} />` : null;
  if (!operator) return html`<${Badge} app=${app} />`;
  if (app.screen === 'menu') return html`<${Menu} app=${app} />`;
  if (app.screen === 'recent') return html`<${Recent} app=${app} />`;
  if (!flow) return html`<${Home} app=${app} />`;
  return html`<${Task} app=${app} />`;
}

/** Ready or not, who, and what waits: always in view. @param {any} props */
function Bar({ app }) {
  const { operator, waiting } = app.shift.state;
  const { sync } = app;
  const stuck = waiting.count > 0 && (sync.phase === 'paused' || sync.phase === 'waiting');
  return html`<header class="bar">
    <span class=${'ready ' + (app.ready ? 'yes' : 'no')} role="status"><span aria-hidden="true">${app.ready ? '\u25cf' : '\u2715'}</span> ${app.ready ? t('ui.ready') : t('ui.not_ready')}</span>
    <span class="who">${operator ? operator.badge : ''}</span>
    <button class=${'waits ' + (waiting.count === 0 ? 'none' : stuck ? 'stuck' : 'some')} onClick=${() => app.show('queue')} data-waiting=${waiting.count}>
      ${waiting.count === 0 ? '\u2713 ' + t('ui.all_sent') : '\u2191 ' + t('ui.wait', { n: amount(waiting.count) })}
      ${waiting.count > 0 && waiting.oldest ? html`<small>${ago(app.now() - waiting.oldest)}</small>` : null}
    </button>
  </header>`;
}

/** @param {any} props */
function Banners({ app }) {
  const { device } = app.shift.state;
  const { sync } = app;
  const { recovered } = app.outbox;
  return html`<div class="banners">
    ${app.untrusted ? html`<${Tab} app=${app} />` : null}
    ${app.safariTab && !app.shift.state.operator ? html`<${Notice} kind="warn" title=${t('ui.install.safari')}>${t('ui.install.safari_how')}<//>` : null}
    ${device && app.persisted === false && !app.tab ? html`<${Notice} kind="bad" title=${t('ui.banner.not_persistent')} action=${html`<button onClick=${() => app.persist()}>${t('ui.banner.ask_again')}</button>`} />` : null}
    ${app.outdated ? html`<${Notice} kind="bad" title=${t('ui.banner.outdated')} />` : null}
    ${recovered.seen === false ? html`<${Notice} kind="warn" title=${t('ui.banner.recovered', { n: amount(recovered.scans) })} action=${html`<button onClick=${() => { recovered.seen = true; app.show(app.screen); }}>${t('ui.ok')}</button>`} />` : null}
    ${sync.revoked ? html`<${Notice} kind="bad" title=${t('ui.banner.revoked')} />` : null}
    ${sync.phase === 'paused' && sync.why !== 'not_enrolled' ? html`<${Notice} kind="bad" title=${t('ui.sync.' + sync.why)} action=${html`<button onClick=${() => app.retry()}>${t('ui.queue.retry')}</button>`} />` : null}
    ${app.takeUpdate && app.shift.state.waiting.count === 0 && app.shift.state.keyed === null ? html`<${Notice} kind="info" title=${t('ui.banner.update')} action=${html`<button onClick=${() => app.takeUpdate()}>${t('ui.banner.update_now')}</button>`} />` : null}
  </div>`;
}

/** A page over plain http, or over an https that the browser doesn't trust: what it lacks, and at work no more than a line. @param {any} props */
function Tab({ app }) {
  if (app.shift.state.flow) return html`<${Notice} kind="warn" title=${t('ui.tab.short')} />`;
  return html`<${Notice} kind="warn" title=${t(app.tab ? 'ui.tab.title' : 'ui.tab.short')}>${app.tab ? t('ui.tab.lacks') : null} ${app.steps ? html`<a href=${app.steps + '#' + app.joinCode}>${t('ui.tab.trust')}</a>` : null}<//>`;
}

/** Loud, and stays until it is touched. @param {any} props */
function NotSaved({ app }) {
  const { unsaved } = app.shift.state;
  return html`<button class="unsaved" role="alertdialog" aria-label=${t('prompts.not_saved')} onClick=${() => app.shift.touched()}>
    <span class="sign" aria-hidden="true">\u2715</span>
    <strong>${t('prompts.not_saved')}</strong>
    <span>${unsaved.map((/** @type {any} */ one) => visible(one.text)).join(', ')}</span>
    <span>${t('ui.unsaved_how')}</span>
    <small>${unsaved[unsaved.length - 1].why}</small>
    <em>${t('ui.unsaved_touch')}</em>
  </button>`;
}
