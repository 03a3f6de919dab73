/**
 * Which lines of a review are shown, and in which order.
 */
import { html } from '../views/html.js';
import { useEffect, useState } from '../vendor/hooks.js';
import { amount, t } from '../text.js';
import { reasonName } from './reason.js';

const SHOW = /** @type {Object.<string, any>} */ ({ differences: { differs: true }, open: { decision: 'undecided' }, flagged: { flagged: true }, all: {} });
const STATES = ['equal', 'within', 'outside', 'moved', 'empty', 'unexpected', 'not_counted'];
const REST = 250;
const MORE = ['state', 'zone', 'abc', 'reason', 'counter'];

/** What the server is asked for. @param {any} filter @returns {Object.<string, any>} */
export function wanted(filter) {
  return Object.assign({}, SHOW[filter.show], filter.more);
}

/** Which lines, at once; by what else and in which order, once one asks for it: the lines are what people came for. @param {any} props */
export function Filters({ filter, onChange, reasons, undecided, places, counters, searchRef }) {
  const more = filter.more;
  const [isOpen, setOpen] = useState(false);
  const chosen = MORE.filter((name) => more[name]).length;
  const set = (/** @type {string} */ name) => (/** @type {any} */ value) => onChange((/** @type {any} */ was) => ({ more: without(Object.assign({}, was.more, { [name]: value }), value ? '' : name) }));
  return html`<div class="filters" role="search" aria-label=${t('ui.console.grid.filter')}>
    <div class="tabs first">${Object.keys(SHOW).map((key) => html`<button aria-pressed=${filter.show === key} onClick=${() => onChange(() => ({ show: key }))}>${t('ui.console.review.show.' + key)} ${key === 'open' ? '(' + amount(undecided) + ')' : ''}</button>`)}
      ${more.unexplained ? html`<button aria-pressed="true" onClick=${() => onChange((/** @type {any} */ was) => ({ show: 'differences', more: without(was.more, 'unexplained') }))}>${t('ui.console.grid.unexplained')} \u2715</button>` : null}
      <${Typed} id="search" label=${t('ui.console.grid.search')} value=${more.search || ''} onInput=${set('search')} nodeRef=${searchRef} />
      <button aria-expanded=${isOpen ? 'true' : 'false'} aria-controls="filter-fields" onClick=${() => setOpen(!isOpen)}>${t('ui.console.grid.filter')}${chosen ? ' (' + chosen + ')' : ''}</button></div>
    <div class="filter-fields" id="filter-fields" hidden=${!isOpen}>
      <${Pick} id="state" label=${t('ui.console.review.state')} value=${more.state} onInput=${set('state')} options=${STATES.map((value) => ({ value, label: t('ui.console.states.' + value) }))} />
      <${Typed} id="zone" label=${t('ui.console.grid.zone')} value=${more.zone || ''} onInput=${set('zone')} options=${places} />
      <${Pick} id="abc" label=${t('ui.console.grid.abc')} value=${more.abc} onInput=${set('abc')} options=${['A', 'B', 'C', 'none'].map((value) => ({ value, label: value === 'none' ? t('ui.console.grid.no_class') : value }))} />
      <${Pick} id="reason" label=${t('ui.console.reason')} value=${more.reason} onInput=${set('reason')} options=${reasons.map((/** @type {any} */ one) => ({ value: one.code, label: reasonName(one.code, reasons) }))} />
      <${Typed} id="counter" label=${t('ui.console.grid.counter')} value=${more.counter || ''} onInput=${set('counter')} options=${counters} />
      <${Pick} id="sort" label=${t('ui.console.grid.sort')} value=${filter.sort} onInput=${(/** @type {string} */ sort) => onChange(() => ({ sort }))} all=${false} options=${['location', 'value', 'product'].map((value) => ({ value, label: t('ui.console.grid.sorts.' + value) }))} />
    </div></div>`;
}

/** @param {Object.<string, any>} from @param {string} name @returns {Object.<string, any>} */
function without(from, name) {
  const rest = Object.assign({}, from);
  delete rest[name];
  return rest;
}

/** A text that is asked for once the typing rests. @param {any} props */
export function Typed({ id, label, value, onInput, options, nodeRef }) {
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  useEffect(() => {
    if (typed === value) return undefined;
    const timer = setTimeout(() => onInput(typed.trim()), REST);
    return () => clearTimeout(timer);
  }, [typed]);
  return html`<label class="filter" for=${'filter-' + id}>${label}<input id=${'filter-' + id} type=${id === 'search' ? 'search' : 'text'} ref=${nodeRef} value=${typed} maxlength="128" autocomplete="off" spellcheck=${false} list=${options ? id + 's' : null}
      onInput=${(/** @type {any} */ event) => setTyped(event.target.value)} />${options ? html`<datalist id=${id + 's'}>${options.map((/** @type {string} */ one) => html`<option value=${one} />`)}</datalist>` : null}</label>`;
}

/** @param {any} props */
export function Pick({ id, label, value, options, onInput, all }) {
  return html`<label class="filter" for=${'filter-' + id}>${label}<select id=${'filter-' + id} value=${value || ''} onInput=${(/** @type {any} */ event) => onInput(event.target.value)}>
    ${all === false ? null : html`<option value="" selected=${!value}>${t('ui.console.grid.any')}</option>`}
    ${options.map((/** @type {any} */ one) => html`<option value=${one.value} selected=${one.value === value}>${one.label}</option>`)}</select></label>`;
}
