/**
 * Imports: a file is looked at, its columns are ours or said to be, tried, taken over; what was refused comes back to mend.
 */
import { html } from '../views/html.js';
import { useEffect, useState } from '../vendor/hooks.js';
import { Empty, Field, Form, Notice, trouble } from '../views/parts.js';
import { Select } from '../views/select.js';
import { segment } from './address.js';
import { ProfileChoice } from './downloads.js';
import { Found, useRows } from './finding.js';
import { amount, has, t, when } from '../text.js';

const KINDS = ['products', 'barcodes', 'costs', 'locations', 'stock'];
/** What is exported in the columns of each kind. */
const EXPORTS = { stock: 'opening' };
/** Refused rows that the page lists; the file has all. */
const LISTED = 100;
const SHOWN = 5;
const EVERY = 700;
/** How a CSV may write numbers and dates, each as people know it. @type {Record<string, {[value: string]: string}>} */
const WRITTEN = { decimal: { point: '1234.5', comma: '1.234,5' }, dates: { 'YYYY-MM-DD': '2027-01-31', 'DD.MM.YYYY': '31.01.2027', 'MM/DD/YYYY': '01/31/2027' } };

/** @param {any} props */
export function Imports({ app }) {
  const [ended, setEnded] = useState(0);
  return html`<div><h1>${t('ui.console.nav.imports')}</h1>
    <${Fresh} app=${app} onEnd=${() => setEnded(ended + 1)} />
    <${Earlier} app=${app} ended=${ended} />
    <${Edit} app=${app} /></div>`;
}

/** One file, from its choice to its report. @param {any} props */
function Fresh({ app, onEnd }) {
  const [kind, setKind] = useState('products');
  const [file, setFile] = useState(/** @type {any} */ (null));
  const [look, setLook] = useState(/** @type {any} */ (null));
  const [error, setError] = useState('');
  const [busy, setBusy] = useState(false);
  const see = async (/** @type {string} */ as, /** @type {any} */ chosen, /** @type {string} */ sheet) => {
    setLook(null);
    setError('');
    if (!chosen) return;
    setBusy(true);
    const answer = await app.send('/api/v1/imports/' + as + '/columns', { site: app.site, sheet }, chosen);
    setBusy(false);
    if (answer.status === 200) setLook(Object.assign({ key: Date.now() }, answer.data));
    else setError(trouble(answer));
  };
  const choose = (/** @type {any} */ chosen) => { setFile(chosen); see(kind, chosen, ''); };
  return html`<section class="panel">
    <div class="halves"><${Select} id="import-kind" label=${t('ui.console.imports.kind')} value=${kind} options=${KINDS.map((value) => ({ value, label: t('ui.console.imports.kinds.' + value) }))}
        onInput=${(/** @type {string} */ value) => { setKind(value); see(value, file, ''); }} />
      <div class="field"><label for="import-file">${t('ui.console.imports.file')}</label><p class="hint" id="import-file-hint">${t('ui.console.imports.file_how')}</p>
        <input id="import-file" type="file" accept=".csv,.txt,.tsv,.xlsx" aria-describedby="import-file-hint" onChange=${(/** @type {any} */ event) => choose(event.target.files[0] || null)} /></div></div>
    <div aria-live="polite">
      ${busy ? html`<p class="hint" role="status">${t('ui.console.imports.reading')}</p>` : null}
      ${error ? html`<${Notice} kind="bad" title=${t('ui.console.imports.unreadable')}>${error}<//>` : null}
      ${!file ? html`<${Empty} title=${t('ui.console.imports.none')}>${t('ui.console.imports.needs.' + kind)}<//>` : null}
      ${look ? html`<${Columns} app=${app} kind=${kind} file=${file} look=${look} onSheet=${(/** @type {string} */ sheet) => see(kind, file, sheet)} onEnd=${onEnd} key=${look.key} />` : null}
    </div></section>`;
}

/** Which column is which, what the first rows say then, and the way on. @param {any} props */
function Columns({ app, kind, file, look, onSheet, onEnd }) {
  const [map, setMap] = useState(look.mapping ? look.mapping.columns : look.guess);
  const [writes, setWrites] = useState(/** @type {{[what: string]: string}} */ ({ decimal: (look.mapping || look).decimal, dates: (look.mapping || look).dates }));
  const [mode, setMode] = useState('all');
  const [job, setJob] = useState(/** @type {any} */ (null));
  const [error, setError] = useState('');
  const [busy, setBusy] = useState(false);
  const missing = look.columns.filter((/** @type {any} */ one) => one.required && !map[one.name]).map((/** @type {any} */ one) => one.name);
  const put = (/** @type {string} */ ours, /** @type {string} */ theirs) => {
    const next = Object.assign({}, map, { [ours]: theirs });
    if (!theirs) delete next[ours];
    setJob(null);
    setMap(next);
  };
  const run = (/** @type {boolean} */ dry) => async () => {
    setBusy(true);
    setError('');
    setJob(null);
    const query = { site: app.site, sheet: look.sheet, map: JSON.stringify(map), decimal: writes.decimal, dates: writes.dates, mode, dry_run: dry ? '1' : '', name: file.name.slice(0, 200) };
    let answer = await app.send('/api/v1/imports/' + kind, query, file);
    while (answer.status === 202 || (answer.status === 200 && answer.data.status === 'running')) {
      setJob(answer.data);
      await new Promise((resolve) => setTimeout(resolve, EVERY));
      answer = await app.api('GET', '/api/v1/imports/' + answer.data.id);
    }
    setBusy(false);
    if (answer.status === 200) setJob(Object.assign({ status: 'done' }, answer.data));
    else setError(trouble(answer));
    onEnd();
  };
  const names = look.header.filter((/** @type {string} */ name) => name.trim());
  return html`<div>
    <p class="hint">${[file.name, look.sheets.length ? 'XLSX' : t('ui.console.imports.written', { delimiter: look.delimiter === '\t' ? t('ui.console.imports.tab') : look.delimiter, encoding: look.encoding })].join(' \u00b7 ')}</p>
    ${look.sheets.length > 1 ? html`<${Select} id="import-sheet" label=${t('ui.console.imports.sheet')} value=${look.sheet} onInput=${onSheet} options=${look.sheets.map((/** @type {string} */ value) => ({ value, label: value }))} />` : null}
    ${look.mapping ? html`<${Notice} kind="info" title=${t('ui.console.imports.known', { name: look.mapping.name })} action=${html`<button onClick=${() => { setMap(look.guess); setWrites({ decimal: look.decimal, dates: look.dates }); }}>${t('ui.console.imports.guess')}</button>`} />` : null}
    ${look.sheets.length ? null : html`<div class="halves">${Object.keys(WRITTEN).map((what) => html`<${Select} key=${what} id=${'import-' + what} label=${t('ui.console.imports.' + what)} value=${writes[what]}
      onInput=${(/** @type {string} */ value) => { setJob(null); setWrites(Object.assign({}, writes, { [what]: value })); }} options=${Object.keys(WRITTEN[what]).map((value) => ({ value, label: WRITTEN[what][value] }))} />`)}</div>`}
    <h2>${t('ui.console.imports.columns')}</h2>
    <div class="scroll"><table class="mapping"><thead><tr><th>${t('ui.console.imports.ours')}</th><th>${t('ui.console.imports.theirs')}</th><th>${t('ui.console.imports.first_rows')}</th></tr></thead>
      <tbody>${look.columns.map((/** @type {any} */ one) => html`<tr key=${one.name}>
        <th scope="row"><label for=${'column-' + one.name}>${t('ui.console.imports.names.' + one.name)}${one.required ? html` <span class="hint">${t('ui.console.imports.required')}</span>` : null}</label></th>
        <td><select id=${'column-' + one.name} value=${map[one.name] || ''} aria-invalid=${one.required && !map[one.name] ? 'true' : 'false'} onInput=${(/** @type {any} */ event) => put(one.name, event.target.value)}>
          <option value="" selected=${!map[one.name]}>${t('ui.console.imports.nothing')}</option>${names.map((/** @type {string} */ name) => html`<option value=${name} selected=${map[one.name] === name}>${name}</option>`)}</select></td>
        <td class="raw">${map[one.name] ? examples(look, map[one.name]) : ''}</td></tr>`)}</tbody></table></div>
    ${missing.length ? html`<${Notice} kind="warn" title=${t('ui.console.imports.missing', { names: missing.map((/** @type {string} */ name) => t('ui.console.imports.names.' + name)).join(', ') })} />` : null}
    <${Save} app=${app} kind=${kind} map=${map} writes=${writes} header=${look.header} name=${look.mapping ? look.mapping.name : ''} />
    <${Select} id="import-mode" label=${t('ui.console.imports.mode')} value=${mode} onInput=${setMode} options=${['all', 'rows'].map((value) => ({ value, label: t('ui.console.imports.modes.' + value) }))} />
    <p class="row"><button class="big" disabled=${busy || missing.length > 0} onClick=${run(true)}>${t('ui.console.imports.try')}</button>
      <button class="big primary" disabled=${busy || missing.length > 0} onClick=${run(false)}>${t('ui.console.imports.do')}</button></p>
    ${error ? html`<${Notice} kind="bad" title=${t('ui.console.not_done')}>${error}<//>` : null}
    ${busy && !job ? html`<p class="hint" role="status">${t('ui.console.imports.working')}</p>` : null}
    ${job ? html`<${Report} app=${app} job=${job} />` : null}
  </div>`;
}

/** @param {any} look @param {string} name @returns {string} */
function examples(look, name) {
  const at = look.header.indexOf(name);
  return look.sample.map((/** @type {string[]} */ row) => row[at]).filter(Boolean).slice(0, SHOWN).map((/** @type {string} */ cell) => (cell.length > 40 ? cell.slice(0, 40) + '\u2026' : cell)).join(' \u00b7 ');
}

/** Give the mapping a name. @param {any} props */
function Save({ app, kind, map, writes, header, name: before }) {
  const [name, setName] = useState(before);
  const [answer, setAnswer] = useState(/** @type {any} */ (null));
  const [open, setOpen] = useState(false);
  const save = async () => setAnswer(await app.api('PUT', '/api/v1/imports/mappings/' + kind + '/' + segment(name.trim()), { body: { columns: map, header, decimal: writes.decimal, dates: writes.dates } }));
  const forget = async () => { await app.api('DELETE', '/api/v1/imports/mappings/' + kind + '/' + segment(before)); setName(''); setAnswer(null); };
  if (!open) return html`<p><button type="button" onClick=${() => setOpen(true)}>${t('ui.console.imports.keep')}</button></p>`;
  return html`<${Form} label=${t('ui.console.imports.keep')} onSubmit=${save}>
    <${Field} id="mapping-name" label=${t('ui.console.imports.mapping')} hint=${t('ui.console.imports.mapping_how')} value=${name} onInput=${setName} maxlength=${100} />
    <p class="row"><button type="submit" disabled=${!name.trim() || !Object.keys(map).length}>${t('ui.save')}</button>${before ? html` <button type="button" onClick=${forget}>${t('ui.console.imports.forget')}</button>` : null}</p>
    ${answer ? (answer.status === 200 ? html`<${Notice} kind="good" title=${t('ui.console.imports.kept', { name: answer.data.name })} />` : html`<${Notice} kind="bad" title=${t('ui.console.not_done')}>${trouble(answer)}<//>`) : null}<//>`;
}

/** How far it is, or what became of it. @param {any} props */
function Report({ app, job }) {
  if (job.status === 'running') {
    return html`<div role="status"><p>${t('ui.console.imports.running', { done: amount(job.rows_done), rows: amount(job.rows) })}</p>
      <progress max=${job.rows} value=${job.rows_done} aria-label=${t('ui.console.imports.working')}></progress>
      <p><button onClick=${() => app.api('POST', '/api/v1/imports/' + job.id + '/cancellation')}>${t('ui.cancel')}</button></p></div>`;
  }
  const good = job.status === 'done' && !job.rejected_total;
  return html`<div>
    <${Notice} kind=${job.status === 'failed' ? 'bad' : good ? 'good' : 'warn'} title=${verdict(job)}>${job.detail || numbers(job)}<//>
    ${job.sample && job.sample.length ? html`<${Understood} sample=${job.sample} />` : null}
    ${job.rejected_total ? html`<p>${t('ui.console.imports.mend')} <a class="button" href=${mendable(job)} download=${''}>${t('ui.console.imports.download', { n: amount(job.rejected_total), form: form(job).toUpperCase() })}</a></p>
      <div class="scroll"><table><thead><tr><th class="num">${t('ui.console.imports.row')}</th><th>${t('ui.console.imports.ours')}</th><th>${t('ui.console.imports.why')}</th></tr></thead>
        <tbody>${job.rejected.slice(0, LISTED).map((/** @type {any} */ one) => html`<tr key=${one.row}><td class="num">${amount(one.row)}</td><td>${has('ui.console.imports.names.' + one.field) ? t('ui.console.imports.names.' + one.field) : one.field}</td><td>${one.message}</td></tr>`)}</tbody></table></div>
      ${job.rejected_total > LISTED ? html`<p class="hint">${t('ui.console.imports.first', { n: amount(LISTED) })}</p>` : null}` : null}
  </div>`;
}

/** The first rows, as the server reads their numbers and dates. @param {any} props */
function Understood({ sample }) {
  const names = Object.keys(sample[0].cells);
  return html`<h3>${t('ui.console.imports.understood')}</h3>
    <div class="scroll"><table><thead><tr><th class="num">${t('ui.console.imports.row')}</th>${names.map((name) => html`<th key=${name}>${t('ui.console.imports.names.' + name)}</th>`)}</tr></thead>
      <tbody>${sample.map((/** @type {any} */ one) => html`<tr key=${one.row}><td class="num">${amount(one.row)}</td>${names.map((name) => html`<td class="raw" key=${name}>${one.cells[name]}</td>`)}</tr>`)}</tbody></table></div>`;
}

/** @param {any} job @returns {string} */
function verdict(job) {
  if (job.status !== 'done') return t('ui.console.imports.states.' + job.status);
  if (job.dry_run) return t(job.rejected_total ? 'ui.console.imports.tried_bad' : 'ui.console.imports.tried', { n: amount(job.rejected_total) });
  return t(job.applied ? (job.rejected_total ? 'ui.console.imports.partly' : 'ui.console.imports.done') : 'ui.console.imports.not_written', { n: amount(job.rejected_total) });
}

/** @param {any} job @returns {string} */
function numbers(job) {
  return t('ui.console.imports.numbers', { rows: amount(job.rows), created: amount(job.created), updated: amount(job.updated), unchanged: amount(job.unchanged), rejected: amount(job.rejected_total) });
}

/** What was imported before. @param {any} props */
function Earlier({ app, ended }) {
  const list = useRows(app, '/api/v1/imports', { limit: 20 });
  useEffect(() => { if (ended) list.again(); }, [ended]);
  return html`<section><h2>${t('ui.console.imports.earlier')}</h2><${Found} list=${list} empty=${html`<${Empty} title=${t('ui.console.imports.no_earlier')}>${t('ui.console.imports.no_earlier_how')}<//>`}>
    <div class="scroll"><table><thead><tr><th>${t('ui.console.imports.when')}</th><th>${t('ui.console.imports.what')}</th><th>${t('ui.console.imports.became')}</th><th></th></tr></thead>
      <tbody>${(list.rows || []).map((/** @type {any} */ row) => html`<tr key=${row.id}><td>${when(row.at)}<span class="hint block">${row.person || ''}</span></td>
        <td>${t('ui.console.imports.kinds.' + row.kind)}<span class="hint block">${row.name}</span></td><td>${row.status === 'running' ? t('ui.console.imports.running', { done: amount(row.rows_done), rows: amount(row.rows) }) : verdict(row)}<span class="hint block">${row.status === 'done' ? numbers(row) : row.detail}</span></td>
        <td>${row.keeps_rejected ? html`<a href=${mendable(row)} download=${''}>${t('ui.console.imports.download', { n: amount(row.rejected_total), form: form(row).toUpperCase() })}</a>` : null}</td></tr>`)}</tbody></table></div><//></section>`;
}

/** Files that come back as imports. @param {any} props */
function Edit({ app }) {
  const [profile, setProfile] = useState('');
  const link = (/** @type {string} */ kind, /** @type {string} */ as) => html`<a class="button" href=${'/api/v1/exports/' + (EXPORTS[/** @type {'stock'} */ (kind)] || kind) + '.' + as + '?site=' + encodeURIComponent(app.site) + (as === 'csv' && profile ? '&profile=' + encodeURIComponent(profile) : '')} download=${''} aria-label=${t('ui.console.imports.kinds.' + kind) + ', ' + as.toUpperCase()}>${as.toUpperCase()}</a>`;
  return html`<section><h2>${t('ui.console.imports.edit')}</h2><p class="hint">${t('ui.console.imports.edit_how')}</p>
    <p class="downloads"><${ProfileChoice} app=${app} value=${profile} onChoose=${setProfile} /></p>
    <ul class="downloads">${KINDS.map((kind) => html`<li>${t('ui.console.imports.kinds.' + kind)} ${link(kind, 'xlsx')} ${link(kind, 'csv')}</li>`)}</ul></section>`;
}

/** The refused rows, in the form that the file had. @param {any} job */
function mendable(job) {
  return '/api/v1/imports/' + job.id + '/rejected.' + form(job);
}

/** @param {any} job */
function form(job) {
  return /\.xlsx$/i.test(job.name || '') ? 'xlsx' : 'csv';
}
