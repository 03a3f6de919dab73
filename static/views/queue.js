/**
 * What waits and why, the last scans, and the device's own menu.
 */
import { html } from './html.js';
import { useEffect, useState } from '../vendor/hooks.js';
import { Empty, More, Notice, Settings } from './parts.js';
import { Scans } from './scans.js';
import { ago, amount, clock, t } from '../text.js';

const SHOWN = 50;

/** @param {any} props */
export function Queue({ app }) {
  const { waiting } = app.shift.state;
  const { sync } = app;
  const [list, setList] = useState(/** @type {any[]} */ ([]));
  const [shown, setShown] = useState(SHOWN);
  useEffect(() => {
    let live = true;
    app.outbox.queue(shown).then((/** @type {any[]} */ all) => { if (live) setList(all); });
    return () => { live = false; };
  }, [waiting.count, waiting.aside, shown]);
  return html`<main class="plain" id="main">
    <h1>${t('ui.queue.title')}</h1>
    ${waiting.count === 0
    ? html`<${Notice} kind="good" title=${t('ui.queue.none')}>${sync.heard ? t('ui.queue.heard', { time: clock(sync.heard) }) : ''}<//>`
    : html`<${Notice} kind=${sync.why ? 'warn' : 'info'} title=${t('ui.queue.some', { n: amount(waiting.count) })}>
        ${waiting.oldest ? t('ui.queue.oldest', { age: ago(app.now() - waiting.oldest) }) : ''}
        ${' '}${sync.why ? t('ui.sync.' + sync.why) : t('ui.sync.' + sync.phase)}
        ${' '}${sync.next && sync.next > app.now() ? t('ui.queue.next', { age: ago(sync.next - app.now()) }) : ''}<//>`}
    ${waiting.aside ? html`<${Notice} kind="bad" title=${t('ui.queue.asides', { n: waiting.aside })}>${t('ui.queue.asides_how')}<//>` : null}
    <button class="big primary" onClick=${() => app.retry()}>${t('ui.queue.retry')}</button>
    <button class="big" onClick=${() => app.saveFile()} disabled=${waiting.count === 0}>${t('ui.queue.save')}</button>
    ${app.saved ? html`<p class="hint" role="status">${t('ui.queue.saved', { name: app.saved })}</p>` : null}
    ${list.length ? html`<h2>${t('ui.queue.list')}</h2><${Scans} list=${list} app=${app} />` : null}
    <${More} n=${waiting.count - list.length} onMore=${() => setShown(shown * 2)} />
    ${app.second() === 'on' ? null : html`<p class="hint">${t('ui.queue.once')}</p>`}
    <button class="big" onClick=${() => app.show('')}>${t('ui.back')}</button>
  </main>`;
}

/** @param {any} props */
export function Menu({ app }) {
  const copy = app.catalogue.copy();
  return html`<main class="plain" id="main">
    <h1>${t('ui.menu.title')}</h1>
    <button class="big" onClick=${() => app.show('queue')}>${t('ui.queue.title')}</button>
    <button class="big" onClick=${() => app.show('proof')}>${t('ui.proof.title')}</button>
    <button class="big" onClick=${() => app.show('recent')}>${t('ui.recent.title')}</button>
    <button class="big" onClick=${() => location.assign('/gun-test')}>${t('ui.menu.gun')}</button>
    <button class="big" onClick=${() => app.signOff()}>${t('ui.menu.hand_over')}</button>
    <button class="big" onClick=${() => app.show('')}>${t('ui.back')}</button>
    <${Settings} app=${app} />
    <p class="hint">${copy ? t('ui.menu.copy', { products: amount(copy.products), locations: amount(copy.locations), time: clock(copy.at) }) : t('ui.menu.no_copy')}
      ${' '}<button class="link" onClick=${() => app.catalogue.refresh(true)}>${t('ui.menu.refresh')}</button></p>
    <p class="hint">${t('ui.menu.version', { build: app.build })}</p>
  </main>`;
}

/** @param {any} props */
export function Recent({ app }) {
  const [shown, setShown] = useState(SHOWN);
  const records = app.shift.state.records.filter((/** @type {any} */ kept) => !kept.scan.voids);
  return html`<main class="plain" id="main">
    <h1>${t('ui.recent.title')}</h1>
    ${records.length ? html`<${Scans} list=${records.slice(0, shown)} app=${app} /><${More} n=${records.length - shown} onMore=${() => setShown(shown * 2)} />` : html`<${Empty} title=${t('ui.recent.none')} />`}
    <button class="big" onClick=${() => app.show('')}>${t('ui.back')}</button>
  </main>`;
}
