/**
 * The audit trail: who did what, when, what that changed and why; searched, the newest first, and as a file.
 */
import { html } from '../views/html.js';
import { useEffect, useState } from '../vendor/hooks.js';
import { Empty, Notice, trouble } from '../views/parts.js';
import { changes } from './changes.js';
import { Pick, Typed } from './filtering.js';
import { amount, has, t, when } from '../text.js';

const DEEDS = 'changed_by_import,sign_in_failed,operator_sign_in_failed,scans_carried,import_cancelled,approval_withdrawn,authenticator_set_up,authenticator_taken_off,barcode_taken_away,barcodes_imported,costs_frozen,costs_imported,count_approved,count_cancelled,count_planned,count_posted,count_rule_archived,count_rule_put,decisions_undone,device_changed,device_enrolled,device_revoked,device_token_rotated,enrolment_offered,exception_closed,hold,key_created,key_revoked,labels_printed,lines_decided,lines_reversed,load demo,location_put,locations_imported,locations_ranged,lot_dated,mapping_put,mapping_removed,older_database_accepted,operator_signed_in,package_taken,password_changed,password_set,person_added,person_changed,pin_code_made,pin_locked,pin_set,pin_taken_off,pin_unlocked,product_put,products_classified,products_imported,profile_put,profile_removed,reason_code_put,recount_planned,recovery_code_spent,release,restored,scan.resolve,session_proven,sessions_ended,setup_link_made,sheet_closed,signed_in,signed_out,site_added,site_chosen,site_put,stock_imported'.split(',');
const PAGE = 50;
const FIELDS = 8;
const LONG = 300;
const GLOBAL = 'global';

/** @param {any} props */
export function AuditPage({ app }) {
  const [asked, setAsked] = useState(/** @type {any} */ ({}));
  const [found, setFound] = useState(/** @type {any} */ (null));
  const [error, setError] = useState('');
  const query = Object.assign({ site: app.site }, asked);
  const key = JSON.stringify(query);
  const load = async (/** @type {any[]} */ rows, /** @type {number | null} */ before) => {
    const answer = await app.api('GET', '/api/v1/audit', { query: Object.assign({ order: 'newest', limit: PAGE, before }, query) });
    setError(answer.status === 200 ? '' : trouble(answer));
    if (answer.status === 200) setFound({ key, rows: rows.concat(answer.data.rows), next: answer.data.next });
  };
  useEffect(() => { load([], null); }, [key]);
  const set = (/** @type {string} */ name) => (/** @type {string} */ value) => setAsked((/** @type {any} */ was) => Object.assign({}, was, { [name]: value || undefined }));
  const file = '?' + Object.keys(query).filter((name) => query[name]).map((name) => name + '=' + encodeURIComponent(query[name])).join('&');
  return html`<div>
    <div class="between"><h1>${t('ui.console.audit.title')}</h1>
      <span class="downloads">${['csv', 'xlsx', 'json'].map((kind) => html`<a class="button" download href=${'/api/v1/audit.' + kind + file}>${kind.toUpperCase()}</a>`)}</span></div>
    <p class="hint">${t('ui.console.audit.hint')}</p>
    <div class="filter-fields" role="search" aria-label=${t('ui.console.audit.find')}>
      <${Typed} id="text" label=${t('ui.console.audit.text')} value=${asked.text || ''} onInput=${set('text')} />
      <${Typed} id="person" label=${t('ui.console.audit.person')} value=${asked.person || ''} onInput=${set('person')} />
      <${Typed} id="device" label=${t('ui.console.audit.device')} value=${asked.device || ''} onInput=${set('device')} />
      <${Pick} id="deed" label=${t('ui.console.audit.deed')} value=${asked.deed} onInput=${set('deed')} options=${DEEDS.map((value) => ({ value, label: deedName(value) })).sort((a, b) => (a.label < b.label ? -1 : 1))} />
      <${Typed} id="subject" label=${t('ui.console.audit.subject')} value=${asked.subject || ''} onInput=${set('subject')} />
      <${Day} id="from" label=${t('ui.console.audit.since')} value=${asked.from} days=${0} onInput=${set('from')} />
      <${Day} id="to" label=${t('ui.console.audit.until')} value=${asked.to} days=${1} onInput=${set('to')} />
      ${app.home ? null : html`<label class="filter" for="filter-of">${t('ui.console.audit.of')}<select id="filter-of" value=${query.site} onInput=${(/** @type {any} */ event) => set('site')(event.target.value)}>
        <option value=${app.site} selected=${query.site === app.site}>${app.site}</option><option value=${GLOBAL} selected=${query.site === GLOBAL}>${t('ui.console.audit.people_and_products')}</option></select></label>`}
    </div>
    ${error ? html`<${Notice} kind="bad" title=${t('ui.console.failed')}>${error}<//>` : null}
    ${found === null ? html`<p class="hint" role="status">${t('ui.console.loading')}</p>` : found.rows.length ? html`<div class="scroll" aria-busy=${found.key === key ? 'false' : 'true'}><table class="trail">
      <thead><tr><th>${t('ui.console.audit.when')}</th><th>${t('ui.console.audit.who')}</th><th>${t('ui.console.audit.deed')}</th><th>${t('ui.console.audit.changed')}</th><th>${t('ui.console.reason')}</th></tr></thead>
      <tbody>${found.rows.map((/** @type {any} */ row) => html`<${Deed} key=${row.journal} row=${row} />`)}</tbody></table></div>` : html`<${Empty} title=${t('ui.console.audit.none')}>${t('ui.console.audit.none_how')}<//>`}
    ${found && found.next !== null ? html`<p><button onClick=${() => load(found.rows, found.next)}>${t('ui.console.audit.more')}</button></p>` : null}
  </div>`;
}

/** @param {any} props */
function Deed({ row }) {
  const fields = changes(row.before, row.after);
  const who = row.person || row.actor.replace(/^(key|session|device):/, '');
  return html`<tr><td>${when(row.at)}<span class="code">${row.journal}</span></td>
    <td>${who}${row.device && row.device !== who ? html`<span class="code">${t('ui.console.audit.from_device', { name: row.device })}</span>` : null}</td>
    <td><strong>${deedName(row.deed)}</strong><span class="code">${row.subject}</span></td>
    <td><dl class="changes">${fields.slice(0, FIELDS).map((one) => html`<div>${one.name ? html`<dt>${one.name}</dt>` : null}<dd>${row.before === null ? null : html`<del>${cut(one.was)}</del><span aria-hidden="true"> \u2192 </span>`}<ins>${cut(one.is)}</ins></dd></div>`)}</dl>
      ${fields.length > FIELDS ? html`<p class="hint">${t('ui.console.audit.more_fields', { n: amount(fields.length - FIELDS) })}</p>` : null}</td>
    <td>${row.reason}</td></tr>`;
}

/** A day as the person's clock has it; what is asked for is a moment. @param {any} props */
function Day({ id, label, value, days, onInput }) {
  const said = value ? local(new Date(value)) : '';
  const change = (/** @type {any} */ event) => {
    const [year, month, day] = event.target.value.split('-').map(Number);
    const date = new Date(year, month - 1, day + days);
    if (!isNaN(date.getTime())) onInput(new Date(date.getTime() - days).toISOString());
    else if (!event.target.value) onInput('');
  };
  return html`<label class="filter" for=${'filter-' + id}>${label}<input id=${'filter-' + id} type="date" value=${said} onChange=${change} /></label>`;
}

/** @param {Date} date @returns {string} */
function local(date) {
  return date.getFullYear() + '-' + ('0' + (date.getMonth() + 1)).slice(-2) + '-' + ('0' + date.getDate()).slice(-2);
}

/** @param {string} deed @returns {string} */
function deedName(deed) {
  return has('ui.console.audit.deeds.' + deed) ? t('ui.console.audit.deeds.' + deed) : deed.replace(/_/g, ' ');
}

/** @param {string | null} value @returns {string} */
function cut(value) {
  if (value === null || value === '') return t('ui.console.audit.nothing');
  return value.length > LONG ? value.slice(0, LONG) + '\u2026' : value;
}
