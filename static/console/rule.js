/**
 * One rule: change it, see what it would plan today, save it.
 */
import { html } from '../views/html.js';
import { useEffect, useState } from '../vendor/hooks.js';
import { Empty, Field, Form, More, Notice, trouble } from '../views/parts.js';
import { Select } from '../views/select.js';
import { segment } from './address.js';
import { SUPERVISOR, may } from './may.js';
import { TERMS, Terms, saidTerms } from './terms.js';
import { amount, t, when } from '../text.js';

/** The parameters of each kind of rule, as `app/due/rules.py` has them. @type {Object.<string, Object.<string, any>>} */
const PARAMETERS = {
  abc: { a: 30, b: 90, c: 365 },
  age: { days: 180 },
  zone: { days: 90 },
  moves: { moves: 50 },
  book: { zero: true, negative: true },
  accuracy: { below: 95, over: 365, days: 30 },
  value: { share: 80, over: 90, days: 30 },
  sample: { confidence: 95, margin: 5, errors: 50, days: 30 },
  control: { locations: [], days: 7 },
  list: { locations: [] },
  wall: { since: '' },
};
const SHOWN = 100;
const FRESH = Object.assign({ name: '', kind: 'abc', parameters: {}, most: 100, active: true }, TERMS);

/** @param {any} props */
export function RulePage({ app, code }) {
  const [rule, setRule] = useState(/** @type {any} */ (code === 'new' ? FRESH : null));
  const [name, setName] = useState(code === 'new' ? '' : code);
  const [error, setError] = useState('');
  const [found, setFound] = useState(/** @type {any} */ (null));
  const fresh = code === 'new';
  const query = { site: app.site };
  const address = '/api/v1/count-rules/' + segment(name.trim() || 'new');
  useEffect(() => {
    if (!fresh) app.api('GET', address, { query }).then((/** @type {any} */ answer) => (answer.status === 200 ? setRule(answer.data) : setError(trouble(answer))));
  }, []);
  const done = async (/** @type {Promise<any>} */ asked, /** @type {(data: any) => void} */ then) => {
    const answer = await asked;
    setError(answer.status >= 200 && answer.status < 300 ? '' : trouble(answer));
    if (answer.status >= 200 && answer.status < 300) then(answer.data);
  };
  const home = () => { location.hash = '#/planning'; };
  const change = (/** @type {any} */ some) => { setFound(null); setRule(Object.assign({}, rule, some)); };
  return html`<div>
    <p class="crumbs"><a href="#/planning">${t('ui.console.nav.planning')}</a></p>
    <h1>${fresh ? t('ui.console.planning.add') : (rule && rule.name) || code}</h1>
    ${rule ? html`<${Form} label=${t('ui.console.planning.rule')} onSubmit=${() => done(app.api('PUT', address, { query, body: said(rule) }), home)}>
      <fieldset disabled=${!may(app, SUPERVISOR)}><legend>${t('ui.console.planning.rule')}</legend>
        <div class="thirds">${fresh ? html`<${Field} id="rule-code" label=${t('ui.console.locations.code')} value=${name} onInput=${setName} maxlength=${40} autofocus=${true} />` : null}
        <${Field} id="rule-name" label=${t('ui.console.planning.name')} value=${rule.name} onInput=${(/** @type {string} */ value) => change({ name: value })} />
        <${Field} id="rule-most" label=${t('ui.console.planning.most')} inputmode="numeric" value=${rule.most} onInput=${(/** @type {string} */ value) => change({ most: value })} /></div>
        <${Check} id="rule-active" label=${t('ui.console.planning.active')} value=${rule.active} onChange=${(/** @type {boolean} */ active) => change({ active })} />
        <${Select} id="rule-kind" label=${t('ui.console.planning.kind')} value=${rule.kind} onInput=${(/** @type {string} */ kind) => change({ kind, parameters: {} })} options=${Object.keys(PARAMETERS).map((value) => ({ value, label: t('ui.console.planning.kinds.' + value) }))} />
        <p class="hint">${t('ui.console.planning.kinds_how.' + rule.kind)}</p>
        <${Parameters} rule=${rule} onChange=${(/** @type {any} */ some) => change({ parameters: Object.assign({}, rule.parameters, some) })} />
      </fieldset>
      <${Terms} id="rule-" terms=${rule} disabled=${!may(app, SUPERVISOR)} onChange=${change} />
      ${error ? html`<${Notice} kind="bad" title=${t('ui.console.not_done')}>${error}<//>` : null}
      ${may(app, SUPERVISOR) ? html`<div class="row"><button type="button" onClick=${() => done(app.api('POST', address + '/preview', { query, body: said(rule) }), setFound)}>${t('ui.console.planning.preview')}</button>
        <button class="primary" type="submit" disabled=${!name.trim() || !rule.name.trim()}>${t('ui.console.planning.save')}</button>
        ${fresh ? null : html`<button type="button" class="danger" onClick=${() => done(app.api('DELETE', address, { query }), home)}>${t('ui.console.finding.archive')}</button>`}</div>` : null}
    <//>` : error ? html`<${Notice} kind="bad" title=${t('ui.console.failed')}>${error}<//>` : html`<p class="hint" role="status">${t('ui.console.loading')}</p>`}
    <div aria-live="polite">${found ? html`<${Preview} found=${found} />` : null}</div>
  </div>`;
}

/** @param {any} props */
function Parameters({ rule, onChange }) {
  const defaults = Object.assign({ within: [] }, PARAMETERS[rule.kind]);
  const names = Object.keys(PARAMETERS[rule.kind]).concat('within');
  return html`<div class="thirds">${names.map((name) => {
    const value = rule.parameters[name] === undefined ? defaults[name] : rule.parameters[name];
    const label = t('ui.console.planning.parameters.' + name);
    const id = 'rule-' + rule.kind + '-' + name;
    if (typeof defaults[name] === 'boolean') return html`<${Check} id=${id} label=${label} value=${value} onChange=${(/** @type {boolean} */ on) => onChange({ [name]: on })} />`;
    return html`<${Field} id=${id} key=${id} label=${label} type=${name === 'since' ? 'date' : 'text'} inputmode=${typeof defaults[name] === 'number' ? 'numeric' : null} maxlength=${8000}
      value=${Array.isArray(value) ? value.join(' ') : value} onInput=${(/** @type {string} */ text) => onChange({ [name]: text })} />`;
  })}</div>`;
}

/** @param {any} props */
function Check({ id, label, value, onChange }) {
  return html`<label class="pick"><input type="checkbox" id=${id} checked=${value} onChange=${() => onChange(!value)} /> <strong>${label}</strong></label>`;
}

/** What a rule would plan today. @param {any} props */
function Preview({ found }) {
  return html`<section aria-labelledby="preview"><h2 id="preview">${t('ui.console.planning.would', { planned: amount(found.planned), due: amount(found.due), population: amount(found.population) })}</h2>
    ${found.sample === null ? null : html`<p>${t('ui.console.planning.sample', { n: amount(found.sample) })}</p>`}
    ${found.in_open_count_total ? html`<p class="hint">${t('ui.console.planning.skipped', { n: found.in_open_count_total })}</p>` : null}
    ${found.locations.length ? html`<div class="scroll"><table><thead><tr><th>${t('ui.console.counts.location')}</th><th>${t('ui.console.planning.why')}</th><th>${t('ui.console.planning.counted')}</th></tr></thead>
      <tbody>${found.locations.slice(0, SHOWN).map((/** @type {any} */ one) => html`<tr key=${one.location}><td><strong>${one.location}</strong> <span class="hint">${one.zone === one.location ? '' : one.zone}</span></td>
        <td>${t('ui.console.planning.whys.' + one.why, { n: one.n === null ? '' : amount(one.n) })}</td><td>${one.counted_at ? when(one.counted_at) : t('ui.console.planning.never')}</td></tr>`)}</tbody></table></div><${More} n=${found.planned - Math.min(SHOWN, found.locations.length)} />`
    : html`<${Empty} title=${t('ui.console.planning.nothing_due')} />`}</section>`;
}

/** What is sent of a rule: numbers as numbers, lists as lists. @param {any} rule @returns {any} */
function said(rule) {
  const defaults = Object.assign({ within: [] }, PARAMETERS[rule.kind]);
  /** @type {Object.<string, any>} */
  const parameters = {};
  Object.keys(rule.parameters).forEach((name) => {
    const value = rule.parameters[name];
    if (typeof value !== 'string') parameters[name] = value;
    else if (Array.isArray(defaults[name])) parameters[name] = value.split(/[\s,;]+/).filter(Boolean);
    else if (value.trim()) parameters[name] = typeof defaults[name] === 'number' ? number(value) : value.trim();
  });
  return Object.assign({ name: rule.name.trim(), kind: rule.kind, parameters, most: number(rule.most), active: rule.active }, saidTerms(rule));
}

/** @param {any} value @returns {any} */
function number(value) {
  return /^\d+$/.test(String(value).trim()) ? Number(value) : value;
}
