/**
 * Profiles of CSV files: how somebody else's program wants them; tried on the site's own data before they are saved.
 */
import { html } from '../views/html.js';
import { useEffect, useRef, useState } from '../vendor/hooks.js';
import { Empty, Field, Form, Notice, trouble } from '../views/parts.js';
import { Select } from '../views/select.js';
import { segment } from './address.js';
import { Loading, useLoad } from './load.js';
import { may } from './may.js';
import { t, when } from '../text.js';

/** What may be chosen, as `app/exports/profiles.py` has it. @type {Object.<string, string[]>} */
const CHOICES = {
  delimiter: ['comma', 'semicolon', 'tab', 'pipe'],
  decimal: ['point', 'comma'],
  encoding: ['utf-8', 'utf-8-bom', 'windows-1252', 'iso-8859-15'],
  quotes: ['needed', 'texts', 'all'],
};
const FRESH = { name: '', columns: {}, headers: {}, header: true, delimiter: 'semicolon', decimal: 'comma', dates: 'DD.MM.YYYY hh:mm', encoding: 'windows-1252', quotes: 'needed' };
/** Exports that can be tried; a reconciliation of the newest count. */
const TRIED = ['reconciliation', 'stock', 'moves', 'scans', 'products', 'barcodes', 'costs', 'locations', 'opening'];
/** Milliseconds without a key before the server is asked. */
const REST = 400;

/** @param {any} props */
export function Profiles({ app }) {
  const load = useLoad(app, '/api/v1/exports/profiles', { site: app.site });
  const columns = useLoad(app, '/api/v1/exports/columns', {});
  const [editing, setEditing] = useState(/** @type {any} */ (null));
  const [error, setError] = useState('');
  const keeps = may(app, ['supervisor', 'accountant', 'administrator', 'integration']);
  const rows = load.data ? load.data.rows : [];
  const done = async (/** @type {Promise<any>} */ asked) => {
    const answer = await asked;
    const ok = answer.status >= 200 && answer.status < 300;
    setError(ok ? '' : trouble(answer));
    if (ok) setEditing(null);
    await load.again();
  };
  const at = (/** @type {string} */ name) => '/api/v1/exports/profiles/' + segment(name);
  return html`<div>
    <div class="between"><h2>${t('ui.console.settings.parts.profiles')}</h2>${keeps && !editing ? html`<button class="primary" onClick=${() => setEditing(FRESH)}>${t('ui.console.profiles.add')}</button>` : null}</div>
    <p class="hint">${t('ui.console.profiles.how')}</p>
    ${error ? html`<${Notice} kind="bad" title=${t('ui.console.not_done')}>${error}<//>` : null}
    ${editing && columns.data ? html`<${Edit} app=${app} one=${editing} key=${editing.name} columns=${columns.data.columns} taken=${rows.map((/** @type {any} */ row) => row.name)} onBack=${() => setEditing(null)}
      onDone=${(/** @type {any} */ one) => done(app.api('PUT', at(one.name), { query: { site: app.site }, body: said(one) }))} />` : null}
    <${Loading} load=${load}>${rows.length ? html`<div class="scroll"><table aria-label=${t('ui.console.settings.parts.profiles')}><thead><tr><th>${t('ui.console.name')}</th><th>${t('ui.console.profiles.written')}</th><th>${t('ui.console.profiles.changed')}</th><th></th></tr></thead>
      <tbody>${rows.map((/** @type {any} */ one) => html`<tr key=${one.name}><td><strong>${one.name}</strong></td>
        <td>${[t('ui.console.profiles.choices.' + one.delimiter), one.encoding, Object.keys(one.columns).join(', ')].filter(Boolean).join(' \u00b7 ')}</td><td>${when(one.changed_at)}</td>
        <td class="acts">${keeps ? html`<button aria-label=${t('ui.console.profiles.edit_one', { name: one.name })} onClick=${() => setEditing(one)}>${t('ui.console.reasons.edit')}</button>
          <${Remove} name=${one.name} onDone=${() => done(app.api('DELETE', at(one.name), { query: { site: app.site } }))} />` : null}</td></tr>`)}</tbody></table></div>`
    : editing ? null : html`<${Empty} title=${t('ui.console.profiles.none')}>${t('ui.console.profiles.none_how')}<//>`}<//>
  </div>`;
}

/** @param {any} props */
function Remove({ name, onDone }) {
  const [sure, setSure] = useState(false);
  return sure ? html`<button class="danger" onClick=${onDone}>${t('ui.console.profiles.really')}</button>` : html`<button aria-label=${t('ui.console.profiles.delete_one', { name })} onClick=${() => setSure(true)}>${t('ui.console.profiles.delete')}</button>`;
}

/** @param {any} props */
function Edit({ app, one, columns, taken, onDone, onBack }) {
  const [profile, setProfile] = useState(/** @type {any} */ (one));
  const [of, setOf] = useState(Object.keys(one.columns)[0] || 'reconciliation');
  const change = (/** @type {any} */ some) => setProfile(Object.assign({}, profile, some));
  const fresh = !one.name;
  const name = profile.name.trim();
  const twice = fresh && taken.indexOf(name) >= 0;
  const chosen = profile.columns[of] || columns[of];
  const choose = (/** @type {string[] | null} */ names) => {
    const all = Object.assign({}, profile.columns);
    if (names && names.join() !== columns[of].join()) all[of] = names;
    else delete all[of];
    change({ columns: all });
  };
  const title = (/** @type {string} */ column) => (/** @type {string} */ value) => {
    const headers = Object.assign({}, profile.headers, { [column]: value });
    if (!value) delete headers[column];
    change({ headers });
  };
  const select = (/** @type {string} */ key) => html`<${Select} id=${'profile-' + key} label=${t('ui.console.profiles.' + key)} value=${profile[key]} onInput=${(/** @type {string} */ value) => change({ [key]: value })} options=${CHOICES[key].map((value) => ({ value, label: key === 'encoding' ? value : t('ui.console.profiles.choices.' + value) }))} />`;
  return html`<section class="panel"><${Form} label=${fresh ? t('ui.console.profiles.add') : t('ui.console.profiles.edit_one', { name: one.name })} onSubmit=${() => onDone(Object.assign({}, profile, { name }))}>
    ${fresh ? html`<${Field} id="profile-name" label=${t('ui.console.profiles.name')} value=${profile.name} maxlength=${100} autofocus=${true} onInput=${(/** @type {string} */ value) => change({ name: value })} error=${twice ? t('ui.console.profiles.twice') : null} />` : html`<h2>${one.name}</h2>`}
    <div class="thirds">${['delimiter', 'decimal', 'encoding', 'quotes'].map(select)}</div>
    <div class="halves"><${Field} id="profile-dates" label=${t('ui.console.profiles.dates')} hint=${t('ui.console.profiles.dates_how')} maxlength=${40} value=${profile.dates || ''} onInput=${(/** @type {string} */ value) => change({ dates: value || null })} />
      <label class="pick"><input type="checkbox" id="profile-header" checked=${profile.header} onChange=${() => change({ header: !profile.header })} /> <strong>${t('ui.console.profiles.header')}</strong></label></div>
    <${Select} id="profile-of" label=${t('ui.console.profiles.of')} value=${of} onInput=${setOf} options=${Object.keys(columns).map((value) => ({ value, label: t('ui.console.profiles.exports.' + value) }))} />
    <${Columns} all=${columns[of]} chosen=${chosen} headers=${profile.headers} onChoose=${choose} onTitle=${title} />
    <${Sample} app=${app} of=${of} profile=${profile} />
    <div class="row"><button class="big" type="button" onClick=${onBack}>${t('ui.cancel')}</button><button class="big primary" type="submit" disabled=${!name || twice}>${t('ui.save')}</button></div>
  <//></section>`;
}

/** Which columns in which order, and what they are called. @param {any} props */
function Columns({ all, chosen, headers, onChoose, onTitle }) {
  const off = all.filter((/** @type {string} */ column) => chosen.indexOf(column) < 0);
  const move = (/** @type {number} */ at, /** @type {number} */ by) => {
    const order = chosen.slice();
    order.splice(at + by, 0, order.splice(at, 1)[0]);
    onChoose(order);
  };
  return html`<div class="scroll"><table aria-label=${t('ui.console.profiles.columns')}><thead><tr><th>${t('ui.console.profiles.columns')}</th><th>${t('ui.console.profiles.title')}</th><th></th></tr></thead>
    <tbody>${chosen.map((/** @type {string} */ column, /** @type {number} */ at) => html`<tr key=${column}><td class="raw">${column}</td>
      <td><input type="text" maxlength="200" aria-label=${t('ui.console.profiles.title_of', { column })} placeholder=${column} value=${headers[column] || ''} onInput=${(/** @type {any} */ event) => onTitle(column)(event.target.value)} /></td>
      <td class="acts"><button type="button" aria-label=${t('ui.console.reasons.up', { name: column })} disabled=${at === 0} onClick=${() => move(at, -1)}>\u2191</button> <button type="button" aria-label=${t('ui.console.reasons.down', { name: column })} disabled=${at === chosen.length - 1} onClick=${() => move(at, 1)}>\u2193</button>
        <button type="button" aria-label=${t('ui.console.profiles.leave_out', { column })} disabled=${chosen.length === 1} onClick=${() => onChoose(chosen.filter((/** @type {string} */ other) => other !== column))}>\u2715</button></td></tr>`)}</tbody></table></div>
    ${off.length ? html`<p class="chips">${t('ui.console.profiles.left_out')} ${off.map((/** @type {string} */ column) => html`<button type="button" class="chip" aria-label=${t('ui.console.profiles.take_in', { column })} onClick=${() => onChoose(chosen.concat([column]))}>+ ${column}</button>`)}</p>` : null}`;
}

/** How a file of the site's own data would begin. @param {any} props */
function Sample({ app, of, profile }) {
  const [answer, setAnswer] = useState(/** @type {any} */ (null));
  const counts = useLoad(app, of === 'reconciliation' ? '/api/v1/counts' : null, { status: 'all', site: app.site, limit: 500 });
  const newest = counts.data && counts.data.rows.length ? counts.data.rows[counts.data.rows.length - 1].code : null;
  const tried = TRIED.indexOf(of) >= 0 && (of !== 'reconciliation' || newest);
  const body = said(profile);
  const key = JSON.stringify([of, body, newest]);
  const current = useRef(key);
  current.current = key;
  useEffect(() => {
    if (!tried) return setAnswer(null);
    const timer = setTimeout(async () => {
      const found = await app.api('POST', '/api/v1/exports/samples', { query: { export: of, count: of === 'reconciliation' ? newest : null, site: app.site }, body });
      if (current.current === key) setAnswer(found);
    }, REST);
    return () => clearTimeout(timer);
  }, [key]);
  if (!tried) return html`<p class="hint">${t('ui.console.profiles.' + (of === 'reconciliation' ? 'no_count' : 'no_sample'))}</p>`;
  return html`<section aria-labelledby="sample" aria-live="polite"><h2 id="sample">${t('ui.console.profiles.sample')}</h2>
    ${!answer ? html`<p class="hint">${t('ui.console.loading')}</p>` : answer.status === 200 ? html`<pre class="scroll sample" tabindex="0">${answer.data.text}</pre>` : html`<${Notice} kind="bad" title=${t('ui.console.not_done')}>${trouble(answer)}<//>`}</section>`;
}

/** What is sent of a profile. @param {any} one @returns {any} */
function said(one) {
  const { columns, headers, header, delimiter, decimal, dates, encoding, quotes } = one;
  return { columns, headers, header, delimiter, decimal, dates, encoding, quotes };
}
