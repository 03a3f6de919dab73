/**
 * What holds for a count, whether a person plans it or a rule does: blind or not, by one or by two, what happens when stock moves, what is near enough, who approves.
 */
import { html } from '../views/html.js';
import { Field } from '../views/parts.js';
import { Select } from '../views/select.js';
import { t } from '../text.js';

export const TERMS = { blind: true, twice: false, policy: 'ask', tolerance: null, tolerances: [], second_above: null };
const LIMITS = ['quantity', 'percent', 'value'];
/** What a tolerance may be of. */
const OF = ['sku', 'location', 'abc'];
const CLASSES = ['A', 'B', 'C'];

/** @param {any} props */
export function Terms({ id, terms, onChange, disabled }) {
  const rows = terms.tolerances || [];
  const change = (/** @type {number} */ at, /** @type {any} */ row) => onChange({ tolerances: rows.map((/** @type {any} */ one, /** @type {number} */ n) => (n === at ? row : one)) });
  return html`<fieldset disabled=${disabled}><legend>${t('ui.console.plan.how')}</legend>
      <label class="pick"><input type="checkbox" id=${id + 'blind'} checked=${terms.blind} onChange=${() => onChange({ blind: !terms.blind })} /> <strong>${t('ui.console.plan.blind')}</strong> <span class="hint">${t('ui.console.plan.blind_how')}</span></label>
      <label class="pick"><input type="checkbox" id=${id + 'twice'} checked=${terms.twice} onChange=${() => onChange({ twice: !terms.twice })} /> <strong>${t('ui.console.plan.twice')}</strong> <span class="hint">${t('ui.console.plan.twice_how')}</span></label>
      <${Select} id=${id + 'policy'} label=${t('ui.console.plan.policy')} value=${terms.policy} onInput=${(/** @type {string} */ policy) => onChange({ policy })} options=${['ask', 'recount', 'as_of'].map((value) => ({ value, label: t('ui.console.plan.policies.' + value) }))} />
      <${Field} id=${id + 'second-above'} label=${t('ui.console.plan.second')} hint=${t('ui.console.plan.second_how')} inputmode="decimal" maxlength=${20} value=${terms.second_above || ''} onInput=${(/** @type {string} */ value) => onChange({ second_above: value.trim() || null })} />
    </fieldset>
    <fieldset disabled=${disabled}><legend>${t('ui.console.plan.tolerance')}</legend>
      <p class="hint">${t('ui.console.plan.tolerance_how')}</p>
      <${Limits} id=${id + 'tolerance-'} limits=${terms.tolerance || {}} onChange=${(/** @type {any} */ tolerance) => onChange({ tolerance })} />
      ${rows.map((/** @type {any} */ row, /** @type {number} */ at) => html`<${Special} id=${id + 'tolerance-' + at + '-'} row=${row} number=${at + 1} onChange=${(/** @type {any} */ one) => change(at, one)} onRemove=${() => onChange({ tolerances: rows.slice(0, at).concat(rows.slice(at + 1)) })} />`)}
      <button type="button" onClick=${() => onChange({ tolerances: rows.concat([{ sku: '' }]) })}>${t('ui.console.plan.special_add')}</button>
    </fieldset>`;
}

/** @param {any} props */
function Limits({ id, limits, onChange, of }) {
  return html`<div class="thirds">${LIMITS.map((key) => html`<${Field} id=${id + key} label=${(of ? of + ': ' : '') + t('ui.console.plan.limits.' + key)} inputmode="decimal" maxlength=${20} value=${limits[key] || ''} onInput=${(/** @type {string} */ value) => onChange(Object.assign({}, limits, { [key]: value.trim() || null }))} />`)}</div>`;
}

/** The tolerance of a product, of what lies below a location, or of a class. @param {any} props */
function Special({ id, row, number, onChange, onRemove }) {
  const of = OF.filter((name) => row[name] !== undefined && row[name] !== null)[0];
  const limits = LIMITS.reduce((out, key) => Object.assign(out, row[key] ? { [key]: row[key] } : {}), {});
  const name = (/** @type {string} */ key, /** @type {string} */ value) => onChange(Object.assign({ [key]: value }, limits));
  return html`<div class="special" role="group" aria-label=${t('ui.console.plan.special', { n: number })}>
    <div class="thirds"><${Select} id=${id + 'of'} label=${t('ui.console.plan.special', { n: number })} value=${of} onInput=${(/** @type {string} */ key) => name(key, key === 'abc' ? 'A' : '')} options=${OF.map((value) => ({ value, label: t('ui.console.plan.of.' + value) }))} />
      ${of === 'abc' ? html`<${Select} id=${id + 'name'} label=${t('ui.console.plan.of.abc')} value=${row.abc} onInput=${(/** @type {string} */ value) => name('abc', value)} options=${CLASSES.map((value) => ({ value, label: value }))} />`
    : html`<${Field} id=${id + 'name'} label=${t('ui.console.plan.codes.' + of)} value=${row[of]} maxlength=${128} onInput=${(/** @type {string} */ value) => name(of, value)} />`}</div>
    <${Limits} id=${id} limits=${limits} onChange=${(/** @type {any} */ some) => onChange(Object.assign({ [of]: row[of] }, some))} />
    <button type="button" aria-label=${t('ui.console.plan.special_remove', { n: number })} onClick=${onRemove}>${t('ui.console.plan.remove')}</button></div>`;
}

/** What is sent of the terms: only limits that are there, only tolerances of something. @param {any} terms @returns {any} */
export function saidTerms(terms) {
  const tolerances = (terms.tolerances || []).filter((/** @type {any} */ row) => OF.some((name) => (row[name] || '').trim())).map(trimmed);
  const tolerance = trimmed(terms.tolerance || {});
  return { blind: terms.blind, twice: terms.twice, policy: terms.policy, tolerance: Object.keys(tolerance).length ? tolerance : null, tolerances, second_above: terms.second_above };
}

/** @param {any} row @returns {any} */
function trimmed(row) {
  return Object.keys(row).filter((key) => row[key]).reduce((out, key) => Object.assign(out, { [key]: String(row[key]).trim() }), {});
}
