/**
 * The screens of a task: where we are, what is next, what was last, what was scanned here, and four buttons.
 */
import { html } from './html.js';
import { useState } from '../vendor/hooks.js';
import { Field, Form, Notice } from './parts.js';
import { prompt, tally, undoable, TASKS } from '../dialog.js';
import { amount, clock, has, t, visible } from '../text.js';

/** Choose a task. @param {any} props */
export function Home({ app }) {
  const { operator, device } = app.shift.state;
  return html`<main class="home" id="main">
    <h1 class="quiet">${t('ui.home.title', { name: operator.badge })}</h1>
    <div class="tasks">
      ${TASKS.filter((task) => task === 'look' || !device.tasks || device.tasks.indexOf(task) >= 0).map((task) => html`<button class="task" data-task=${task} onClick=${() => app.shift.choose(task)}>
        <span class="glyph" aria-hidden="true">${t('ui.glyphs.' + task)}</span><span>${t('tasks.' + task)}</span>
      </button>`)}
      <button class="task quiet" onClick=${() => app.show('menu')}><span class="glyph" aria-hidden="true">\u2630</span><span>${t('ui.menu.title')}</span></button>
    </div>
    <p class="foot">${t('ui.home.device', { name: device.name, site: device.site })}</p>
  </main>`;
}

/** One task at work. @param {any} props */
export function Task({ app }) {
  const { flow, operator, records } = app.shift.state;
  const [pad, setPad] = useState(false);
  const [typing, setTyping] = useState(false);
  const lines = flow.location === null ? [] : tally(flow, records, operator.badge);
  const due = prompt(flow);
  return html`<main class="work" id="main">
    <${Where} flow=${flow} app=${app} />
    <p class="prompt" aria-live="polite">${pad ? t('prompts.quantity_set') : flow.ask && flow.ask.kind !== 'finish' ? t('prompts.confirm_location', { code: visible(flow.ask.text) }) : t('prompts.' + due)}</p>
    ${flow.ask ? html`<${Ask} flow=${flow} app=${app} />` : pad ? null : html`
      <${Last} app=${app} />
      ${flow.task === 'look' ? html`<${Found} app=${app} />` : flow.task === 'count' && flow.location === null ? html`<${Sheets} app=${app} />` : html`<${Lines} lines=${lines} app=${app} />`}`}
    ${typing ? html`<${TypeCode} app=${app} onDone=${() => setTyping(false)} />` : null}
    ${pad ? html`<${Pad} app=${app} start=${flow.quantity} onDone=${() => setPad(false)} />` : null}
    ${flow.ask || pad || typing ? null : html`<${Actions} app=${app} flow=${flow} lines=${lines} onPad=${() => setPad(true)} onType=${() => setTyping(true)} />`}
  </main>`;
}

/** @param {any} props */
function Where({ flow, app }) {
  return html`<section class="where" aria-label=${t('ui.task.where')}>
    <span class="which">${t('tasks.' + flow.task)}</span>
    ${flow.task === 'look' ? null : html`<span class="place">${flow.location === null ? t('ui.task.no_place') : flow.location}${flow.target === null ? null : html` <span aria-label=${t('ui.task.to')}>\u2192</span> ${flow.target}`}</span>`}
    ${flow.task === 'scrap' ? html`<label class="reason">${t('ui.task.reason')}
      <select value=${flow.reason || ''} onInput=${(/** @type {any} */ e) => app.shift.pressed({ type: 'reason', value: e.target.value })}>
        <option value="">${t('ui.task.no_reason')}</option>
        ${['damaged', 'expired', 'lost', 'other'].map((code) => html`<option value=${code} selected=${flow.reason === code}>${t('ui.reason_codes.' + code)}</option>`)}
      </select></label>` : null}
  </section>`;
}

/** The last scan: sign, word, quantity. @param {any} props */
function Last({ app }) {
  const { last } = app.shift.state;
  if (!last.say || (!last.kept && last.tone === 'none')) return null;
  const scan = last.kept ? last.kept.scan : null;
  const known = app.name(last.text);
  const said = t('prompts.' + last.say, { code: visible(last.text) });
  const name = known || visible(last.text);
  const verdict = last.kept && last.kept.receipt ? verdictOf(last.kept.receipt) : null;
  const kind = last.tone === 'question' ? 'warn' : last.tone === 'unsaved' ? 'bad' : 'good';
  return html`<section class=${'last ' + kind} role="status" aria-live="polite" data-say=${last.say}>
    <span class="sign" aria-hidden="true">${kind === 'good' ? '\u2713' : kind === 'bad' ? '\u2715' : '?'}</span>
    <div class="words">
      <strong>${said}</strong>
      ${said.indexOf(name) < 0 ? html`<span class="name">${name}</span>` : null}
      ${known && known !== last.text ? html`<span class="code">${visible(last.text)}</span>` : null}
      ${scan && !known && scan.barcode && app.catalogue.copy() ? html`<span class="code">${t('ui.task.not_in_copy')}</span>` : null}
      ${verdict ? html`<span class="verdict">${verdict}</span>` : null}
    </div>
    ${scan && scan.quantity && last.say.indexOf('recorded') === 0 ? html`<span class="count">${amount(scan.quantity)}</span>` : null}
  </section>`;
}

/** What the server said about a scan, in words; '' when all is well. @param {any} receipt @returns {string} */
export function verdictOf(receipt) {
  const parts = [];
  if (receipt.status === 'conflict' || receipt.status === 'malformed') parts.push(t('ui.receipt.' + receipt.status));
  if (receipt.outcome === 'refused') parts.push(t('ui.receipt.refused', { reason: has('reasons.' + receipt.reason) ? t('reasons.' + receipt.reason) : String(receipt.reason) }));
  (receipt.warnings || []).forEach((/** @type {string} */ code) => parts.push(has('warnings.' + code) ? t('warnings.' + code) : String(code)));
  return parts.join(' \u00b7 ');
}

/** @param {any} props */
function Lines({ lines, app }) {
  if (lines.length === 0) return html`<div class="lines none"></div>`;
  const total = lines.reduce((/** @type {number} */ sum, /** @type {any} */ line) => sum + line.scans, 0);
  return html`<section class="lines" aria-label=${t('ui.task.here')}>
    <p class="total">${t('ui.task.total', { lines: lines.length, scans: total })}</p>
    <ul>${lines.map((/** @type {any} */ line) => html`<li key=${line.barcode}>
      <span class="name">${app.name(line.barcode) || visible(line.barcode)}<span class="code">${app.name(line.barcode) ? visible(line.barcode) : ''}${app.pack(line.barcode) ? ' \u00d7' + app.pack(line.barcode) : ''}</span></span>
      <span class="count">${amount(line.quantity)}</span>
    </li>`)}</ul>
  </section>`;
}

/** What is to be counted, as far as this device was told. @param {any} props */
function Sheets({ app }) {
  const done = new Set(app.shift.state.records.filter((/** @type {any} */ kept) => (kept.scan.task === 'finish' || kept.scan.task === 'empty') && (kept.saved > app.sheets.at || !kept.receipt || kept.answered > app.sheets.at)).map((/** @type {any} */ kept) => kept.scan.location));
  const open = app.sheets.rows.filter((/** @type {any} */ sheet) => !done.has(sheet.location));
  if (open.length === 0) return html`<div class="lines none"></div>`;
  return html`<section class="lines" aria-label=${t('ui.task.sheets')}>
    <p class="total">${t('ui.task.to_count', { n: amount(open.length) })}</p>
    <ul>${open.slice(0, 50).map((/** @type {any} */ sheet) => html`<li key=${sheet.code}><span class="name"><strong>${sheet.location}</strong>${sheet.sequence > 1 ? html` <span class="tag warn">${t('ui.task.recount')}</span>` : null}
      ${sheet.lines ? html`<span class="code">${sheet.lines.map((/** @type {any} */ line) => line.name).join(', ')}</span>` : null}</span></li>`)}</ul>
  </section>`;
}

/** @param {any} props */
function Ask({ flow, app }) {
  const answer = (/** @type {string} */ type) => () => app.shift.pressed({ type });
  if (flow.ask.kind === 'finish') {
    return html`<section class="ask">
      <button class="big primary" onClick=${answer('finish_all')}>${t('ui.task.finish_all')}<small>${t('ui.task.finish_all_hint')}</small></button>
      <button class="big" onClick=${answer('finish_part')}>${t('ui.task.finish_part')}<small>${t('ui.task.finish_part_hint')}</small></button>
      <button class="big" onClick=${answer('cancel')}>${t('ui.task.go_on')}</button>
    </section>`;
  }
  return html`<section class="ask">
    <${Notice} kind="warn" title=${visible(flow.ask.text)}>${app.catalogue.copy() ? t('ui.task.place_not_in_copy') : t('ui.task.no_copy')}<//>
    <button class="big primary" onClick=${answer('confirm')}>${t('ui.task.use_it')}</button>
    <button class="big" onClick=${answer('cancel')}>${t('ui.task.no')}</button>
  </section>`;
}

/** @param {any} props */
function Actions({ app, flow, lines, onPad, onType }) {
  const last = undoable(app.shift.state.records, app.shift.state.operator.badge);
  const place = flow.location !== null;
  return html`<nav class="actions" aria-label=${t('ui.task.buttons')}>
    <div class="row small">
      <button onClick=${onType}>${t('ui.task.type')}</button>
      ${place && flow.task !== 'look' ? html`<button onClick=${() => app.shift.pressed({ type: 'location' })}>${t('ui.task.other_place')}</button>` : null}
      <button onClick=${() => app.shift.choose(null)}>${t('ui.task.tasks')}</button>
    </div>
    ${flow.task === 'look' ? null : html`<div class="row">
      <button class="big" disabled=${!last} onClick=${() => app.shift.pressed({ type: 'undo' })}>\u21b6 ${t('ui.task.undo')}</button>
      <button class="big" onClick=${onPad}>${flow.quantity === '1' ? t('ui.task.quantity') : t('ui.task.quantity_is', { n: flow.quantity })}</button>
    </div>`}
    ${flow.task === 'count' && place ? html`<div class="row">
      ${lines.length === 0
    ? html`<button class="big primary" onClick=${() => app.shift.pressed({ type: 'empty' })}>${t('ui.task.empty')}</button>`
    : html`<button class="big primary" onClick=${() => app.shift.pressed({ type: 'finish' })}>${t('ui.task.finish')}</button>`}
    </div>` : null}
  </nav>`;
}

/** @param {any} props */
function TypeCode({ app, onDone }) {
  const [code, setCode] = useState('');
  const send = async () => {
    if (code.trim()) await app.shift.scanned(code.trim(), 'keyed');
    onDone();
  };
  return html`<section class="sheet"><${Form} label=${t('ui.task.type')} onSubmit=${send}>
    <${Field} id="typed" label=${t('ui.task.code')} value=${code} onInput=${setCode} autofocus=${true} maxlength=${8192} />
    <div class="row"><button class="big" type="button" onClick=${onDone}>${t('ui.cancel')}</button><button class="big primary" type="submit" disabled=${!code.trim()}>${t('ui.ok')}</button></div>
  <//></section>`;
}

/** A keypad of our own, so that no keyboard covers the screen. @param {any} props */
function Pad({ app, start, onDone }) {
  const [value, setValue] = useState(start === '1' ? '' : start);
  const add = (/** @type {string} */ key) => () => setValue(key === '\u232b' ? value.slice(0, -1) : (value + key).slice(0, 13));
  const take = async () => {
    await app.shift.pressed({ type: 'quantity', value: value.replace(/^0+(?=[0-9])/, '') || '1' });
    onDone();
  };
  return html`<section class="sheet pad" aria-label=${t('ui.task.quantity')}>
    <output class="count">${value || '1'}</output>
    <div class="keys">${['1', '2', '3', '4', '5', '6', '7', '8', '9', '.', '0', '\u232b'].map((key) => html`<button type="button" aria-label=${key === '\u232b' ? t('ui.task.erase') : key} onClick=${add(key)}>${key}</button>`)}</div>
    <div class="row"><button class="big" onClick=${onDone}>${t('ui.cancel')}</button><button class="big primary" onClick=${take}>${t('ui.ok')}</button></div>
  </section>`;
}

/** What is here, where is it. @param {any} props */
function Found({ app }) {
  const { found } = app.shift.state;
  const { look } = app;
  if (!found) return html`<div class="lines none"></div>`;
  const known = app.catalogue.read(found);
  return html`<section class="lines" aria-live="polite">
    ${known.kind === 'product' ? html`<${Fact} label=${t('ui.look.product')} value=${known.product.name} more=${known.product.sku + (known.pack !== '1' ? ' \u00d7' + known.pack : '')} />` : null}
    ${known.kind === 'location' ? html`<${Fact} label=${t('ui.look.location')} value=${known.place.code} more=${known.place.name} />` : null}
    ${known.kind === 'unknown' && !(look && look.data) ? html`<${Fact} label=${t('ui.task.not_in_copy')} value=${visible(found)} more=${look && look.busy ? t('ui.look.asking') : t('ui.look.ask_later')} />` : null}
    ${look && look.busy ? html`<p class="hint">${t('ui.look.asking')}</p>` : null}
    ${look && look.error ? html`<${Notice} kind="warn" title=${t('ui.look.offline')}>${look.error}<//>` : null}
    ${look && look.data ? html`<${Answer} data=${look.data} />` : null}
  </section>`;
}

/** @param {any} props */
function Fact({ label, value, more }) {
  return html`<div class="fact"><span class="hint">${label}</span><strong>${value}</strong><span class="code">${more}</span></div>`;
}

/** @param {any} props */
function Answer({ data }) {
  const rows = (data.here || []).concat(data.at || []);
  const name = (/** @type {any} */ row) => ((data.here || []).length ? row.name || row.sku : row.location);
  return html`<div>
    ${data.kind === 'unknown' ? html`<${Notice} kind="warn" title=${t('ui.look.unknown')} />` : null}
    ${rows.length === 0 && data.kind !== 'unknown' ? html`<p class="hint">${t('ui.look.nothing')}</p>` : null}
    <ul>${rows.map((/** @type {any} */ row) => html`<li><span class="name">${name(row)}<span class="code">${[row.sku, row.lot].filter(Boolean).join(' \u00b7 ')}</span></span>
      ${row.quantity === null ? html`<span class="hint">${t('ui.look.hidden')}</span>` : html`<span class="count">${amount(row.quantity)}</span>`}</li>`)}</ul>
  </div>`;
}

/** Say one archived or waiting scan in a line. @param {any} kept @param {any} app @returns {any} */
export function ScanLine(kept, app) {
  const { scan } = kept;
  const verdict = kept.receipt ? verdictOf(kept.receipt) : kept.aside ? t('ui.queue.aside', { why: t('ui.sync.' + kept.aside.why) }) : '';
  return html`<li key=${scan.id}><span class="name">${t('tasks.' + scan.task)} ${scan.barcode ? app.name(scan.barcode) || visible(scan.barcode) : scan.location || ''}
    <span class="code">${[clock(kept.saved), scan.location, scan.operator, '#' + scan.seq].filter(Boolean).join(' \u00b7 ')}</span>
    ${verdict ? html`<span class="verdict">${verdict}</span>` : null}</span>
    <span class="count small">${scan.quantity ? amount(scan.quantity) : ''}</span></li>`;
}

