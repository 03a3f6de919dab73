/**
 * Locations: the tree level by level, one found by its code, made, changed, blocked; what is there.
 */
import { html } from '../views/html.js';
import { useState } from '../vendor/hooks.js';
import { Empty, Field, Form, Notice, trouble } from '../views/parts.js';
import { Select } from '../views/select.js';
import { segment } from './address.js';
import { Finder, Found, useRows } from './finding.js';
import { Loading, useLoad } from './load.js';
import { EDITORS, ENROLLERS, LABELLERS, may } from './may.js';
import { Rack } from './rack.js';
import { MOST, Walking } from './walking.js';
import { amount, t } from '../text.js';

const KINDS = ['bin', 'aisle', 'zone', 'dock', 'staging'];

/** @param {string} code */
const page = (code) => '#/locations/' + encodeURIComponent(code);
/** @param {string} code */
const route = (code) => '/api/v1/locations/' + segment(code);

/** @param {any} props */
export function Locations({ app }) {
  const [find, setFind] = useState('');
  const [archived, setArchived] = useState(false);
  const [making, setMaking] = useState('');
  const words = find.trim();
  const list = useRows(app, '/api/v1/locations', Object.assign({ site: app.site, archived }, words || archived ? { search: words || null } : { parent: app.site }));
  return html`<div>
    <div class="between"><h1>${t('ui.console.nav.locations')}</h1>${may(app, EDITORS) && !making ? html`<span>${words || archived ? null : html`<${Order} list=${list} onClick=${() => setMaking('walk')} />`} <button onClick=${() => setMaking('one')}>${t('ui.console.locations.add')}</button> <button class="primary" onClick=${() => setMaking('rack')}>${t('ui.console.rack.title')}</button></span>` : null}</div>
    ${making === 'one' ? html`<${Add} app=${app} parent=${app.site} onBack=${() => setMaking('')} />` : null}
    ${making === 'rack' ? html`<${Rack} app=${app} parent=${app.site} onBack=${() => { setMaking(''); list.again(); }} />` : null}
    ${making === 'walk' ? html`<${Walking} app=${app} parent=${app.site} onBack=${() => setMaking('')} onDone=${list.again} />` : null}
    <${Finder} id="find-location" label=${t('ui.console.locations.find')} value=${find} onInput=${setFind} archived=${archived} onArchived=${setArchived} />
    <${Found} list=${list} empty=${html`<${Empty} title=${t(words ? 'ui.console.finding.none' : archived ? 'ui.console.finding.none_archived' : 'ui.console.locations.none')}>${t(words ? 'ui.console.finding.none_how' : archived ? 'ui.console.finding.none_archived_how' : 'ui.console.locations.none_how')}<//>`}>
      <${Rows} rows=${list.rows || []} />
    <//>
    ${may(app, ENROLLERS) ? html`<${CheckDigits} app=${app} onDone=${list.again} />` : null}
  </div>`;
}

/** @param {any} props */
function Rows({ rows }) {
  return html`<div class="scroll"><table><thead><tr><th>${t('ui.console.review.location')}</th><th>${t('ui.console.locations.kind')}</th><th class="num">${t('ui.console.locations.below')}</th><th class="num">${t('ui.console.locations.walk')}</th><th>${t('ui.console.locations.check')}</th></tr></thead>
    <tbody>${rows.filter((/** @type {any} */ row) => row.kind !== 'virtual' && row.kind !== 'site').map((/** @type {any} */ row) => html`<tr key=${row.code}>
      <td><a href=${page(row.code)}>${row.code}</a> <${Tags} row=${row} />${row.name === row.code ? null : html`<span class="hint block">${row.name}</span>`}</td>
      <td>${t('ui.console.kinds.' + row.kind)}</td><td class="num">${row.children ? amount(row.children) : ''}</td><td class="num">${amount(row.walk)}</td><td class="raw">${row.check || ''}</td></tr>`)}</tbody></table></div>`;
}

/** @param {any} props */
function Tags({ row }) {
  return html`${row.archived ? html`<span class="tag warn">${t('ui.console.finding.is_archived')}</span>` : null} ${row.blocked ? html`<span class="tag bad">\u2715 ${t('ui.console.locations.blocked')}</span>` : null} ${row.single_product ? html`<span class="tag">${t('ui.console.locations.single')}</span>` : null}`;
}

/** Whether the site's labels have check digits. @param {any} props */
function CheckDigits({ app, onDone }) {
  const load = useLoad(app, '/api/v1/sites', {});
  const [error, setError] = useState('');
  const site = load.data && load.data.rows.filter((/** @type {any} */ one) => one.code === app.site)[0];
  if (!site) return null;
  const change = async () => {
    const answer = await app.api('PUT', '/api/v1/sites/' + segment(app.site), { body: { check_digits: !site.check_digits } });
    if (answer.status !== 200) setError(trouble(answer));
    await load.again();
    onDone();
  };
  return html`<section class="panel"><label class="pick"><input type="checkbox" id="check-digits" checked=${site.check_digits} onChange=${change} /> <strong>${t('ui.console.locations.checks')}</strong></label>
    <p class="hint">${t('ui.console.locations.checks_how')}</p>${error ? html`<${Notice} kind="bad" title=${t('ui.console.not_done')}>${error}<//>` : null}</section>`;
}

/** @param {any} props */
function Add({ app, parent, onBack }) {
  const [said, setSaid] = useState(Object.assign({ code: '' }, typed({ name: '', kind: 'bin', parent, walk: null, blocked: false, single_product: false })));
  const [error, setError] = useState('');
  const submit = async () => {
    const code = said.code.trim();
    const there = await app.api('GET', route(code), { query: { site: app.site } });
    if (there.status === 200) return setError(t('ui.console.locations.is_there', { code }));
    const answer = await app.api('PUT', route(code), { query: { site: app.site }, body: told(said) });
    if (answer.status === 200) location.hash = page(answer.data.code);
    else setError(trouble(answer));
  };
  const set = (/** @type {string} */ name) => (/** @type {any} */ value) => setSaid(Object.assign({}, said, { [name]: value }));
  return html`<section class="panel"><${Form} label=${t('ui.console.locations.add')} onSubmit=${submit}>
    <${Field} id="location-code" label=${t('ui.console.locations.code')} value=${said.code} onInput=${set('code')} maxlength=${128} autofocus=${true} />
    <${Fields} said=${said} set=${set} />
    ${error ? html`<${Notice} kind="bad" title=${t('ui.console.not_done')}>${error}<//>` : null}
    <div class="row"><button class="big" type="button" onClick=${onBack}>${t('ui.cancel')}</button><button class="big primary" type="submit" disabled=${!said.code.trim()}>${t('ui.console.locations.add')}</button></div>
  <//></section>`;
}

/** What can be said of a location. @param {any} props */
function Fields({ said, set }) {
  const flag = (/** @type {string} */ name, /** @type {string} */ label, /** @type {string} */ how) => html`<label class="pick"><input type="checkbox" checked=${said[name]} onChange=${() => set(name)(!said[name])} /> <strong>${label}</strong> <span class="hint">${how}</span></label>`;
  return html`<${Field} id="location-name" label=${t('ui.console.name')} value=${said.name} onInput=${set('name')} />
    <div class="thirds"><${Select} id="location-kind" label=${t('ui.console.locations.kind')} value=${said.kind} onInput=${set('kind')} options=${KINDS.map((value) => ({ value, label: t('ui.console.kinds.' + value) }))} />
      <${Field} id="location-parent" label=${t('ui.console.locations.parent')} value=${said.parent} onInput=${set('parent')} maxlength=${128} />
      <${Field} id="location-walk" label=${t('ui.console.locations.walk_number')} value=${said.walk} onInput=${set('walk')} inputmode="numeric" maxlength=${10} /></div>
    <p class="hint">${t('ui.console.locations.walk_how')}</p>
    ${flag('blocked', t('ui.console.locations.blocked'), t('ui.console.locations.blocked_how'))}
    ${flag('single_product', t('ui.console.locations.single'), t('ui.console.locations.single_how'))}`;
}

/** One location: what is below it, what is in it, and its settings. @param {any} props */
export function LocationPage({ app, code }) {
  const load = useLoad(app, route(code), { site: app.site });
  const row = load.data;
  return html`<div><p class="crumbs"><a href="#/locations">${t('ui.console.nav.locations')}</a>${row && row.parent && row.parent !== app.site ? html` \u203a <a href=${page(row.parent)}>${row.parent}</a>` : null}</p>
    <${Loading} load=${load}>${row ? html`
      <div class="between"><h1>${row.code} <${Tags} row=${row} />${row.name === row.code ? null : html`<span class="hint block">${row.name}</span>`}</h1>
        ${may(app, LABELLERS) && !row.archived && row.kind !== 'virtual' && row.kind !== 'site' ? html`<a class="button" href=${'#/labels/locations/' + encodeURIComponent(row.code) + (row.children ? '*' : '')}>${t('ui.console.nav.labels')}</a>` : null}</div>
      <p class="hint">${[t('ui.console.kinds.' + row.kind), row.check ? t('ui.console.locations.check_is', { check: row.check }) : '', row.walk === null ? '' : t('ui.console.locations.walk_is', { walk: amount(row.walk) })].filter(Boolean).join(' \u00b7 ')}</p>
      ${row.children || (row.kind !== 'virtual' && row.kind !== 'bin') ? html`<${Below} app=${app} row=${row} />` : null}
      ${row.children ? null : html`<${Here} app=${app} row=${row} />`}
      ${may(app, EDITORS) && row.kind !== 'virtual' && row.kind !== 'site' ? html`<${Edit} app=${app} row=${row} onDone=${load.again} />` : null}` : null}<//>
  </div>`;
}

/** @param {any} props */
function Below({ app, row }) {
  const [making, setMaking] = useState('');
  const list = useRows(app, '/api/v1/locations', { site: app.site, parent: row.code, archived: false });
  if (!row.children && !may(app, EDITORS)) return null;
  return html`<section>
    <div class="between"><h2>${t('ui.console.locations.below_of', { code: row.code })}</h2>${may(app, EDITORS) && !making ? html`<span><${Order} list=${list} onClick=${() => setMaking('walk')} /> <button onClick=${() => setMaking('one')}>${t('ui.console.locations.add')}</button> <button onClick=${() => setMaking('rack')}>${t('ui.console.rack.title')}</button></span>` : null}</div>
    ${making === 'one' ? html`<${Add} app=${app} parent=${row.code} onBack=${() => setMaking('')} />` : null}
    ${making === 'rack' ? html`<${Rack} app=${app} parent=${row.code} onBack=${() => { setMaking(''); list.again(); }} />` : null}
    ${making === 'walk' ? html`<${Walking} app=${app} parent=${row.code} onBack=${() => setMaking('')} onDone=${list.again} />` : null}
    <${Found} list=${list} empty=${html`<p class="hint">${t('ui.console.locations.nothing_below')}</p>`}><${Rows} rows=${list.rows || []} /><//>
  </section>`;
}

/** The way to the walking order, where there is one to make. @param {any} props */
function Order({ list, onClick }) {
  return list.total > 1 && list.total <= MOST ? html`<button onClick=${onClick}>${t('ui.console.walk.title')}</button>` : null;
}

/** What is in it. @param {any} props */
function Here({ app, row }) {
  const stock = useLoad(app, '/api/v1/stock', { location: row.code, site: app.site, limit: 500 });
  return html`<section><h2>${t('ui.console.stock.here', { what: row.code })}</h2><${Loading} load=${stock}>
    ${stock.data && stock.data.rows.length ? html`<div class="scroll"><table><thead><tr><th>${t('ui.console.review.product')}</th><th>${t('ui.console.stock.lot')}</th><th class="num">${t('ui.console.stock.on_hand')}</th></tr></thead>
      <tbody>${stock.data.rows.map((/** @type {any} */ one) => html`<tr><td><a href=${'#/products/' + encodeURIComponent(one.sku)}>${one.name}</a><span class="code">${one.sku}</span></td><td>${[one.lot, one.serial, one.expiry].filter(Boolean).join(' \u00b7 ')} ${one.held ? html`<span class="tag warn">! ${t('ui.console.stock.held')}</span>` : null}</td>
        <td class="num"><strong>${one.quantity === null ? t('ui.look.hidden') : amount(one.quantity)}</strong> <span class="hint">${one.unit}</span><span class="hint block">${one.packed || ''}</span></td></tr>`)}</tbody></table></div>` : html`<p class="hint">${t('ui.console.stock.none')}</p>`}<//></section>`;
}

/** @param {any} props */
function Edit({ app, row, onDone }) {
  const [said, setSaid] = useState(typed(row));
  const [error, setError] = useState('');
  const [done, setDone] = useState(false);
  const put = async (/** @type {any} */ what) => {
    setError('');
    const answer = await app.api('PUT', route(row.code), { query: { site: app.site }, body: what });
    if (answer.status !== 200) return setError(trouble(answer));
    setSaid(typed(answer.data));
    setDone(true);
    return onDone();
  };
  const set = (/** @type {string} */ name) => (/** @type {any} */ value) => { setDone(false); setSaid(Object.assign({}, said, { [name]: value })); };
  const changed = JSON.stringify(told(said)) !== JSON.stringify(told(typed(row)));
  return html`<section class="panel"><h2>${t('ui.console.locations.change')}</h2><${Form} label=${t('ui.console.locations.change')} onSubmit=${() => put(told(said))}>
    <${Fields} said=${said} set=${set} />
    ${error ? html`<${Notice} kind="bad" title=${t('ui.console.not_done')}>${error}<//>` : null}
    ${done ? html`<${Notice} kind="good" title=${t('ui.console.finding.saved')} />` : null}
    <div class="between"><button class="primary" type="submit" disabled=${!changed}>${t('ui.save')}</button>
      <button type="button" class=${row.archived ? '' : 'danger'} onClick=${() => put({ archived: !row.archived })}>${t(row.archived ? 'ui.console.finding.bring_back' : 'ui.console.finding.archive')}</button></div>
    <p class="hint">${t('ui.console.locations.archive_how')}</p>
  <//></section>`;
}

/** A location as a form holds it. @param {any} row @returns {any} */
function typed(row) {
  const { name, kind, parent, walk, blocked, single_product } = row;
  return { name, kind, parent: parent || '', walk: walk === null ? '' : String(walk), blocked, single_product };
}

/** What is said to the server: an empty name or parent isn't. @param {any} said @returns {any} */
function told(said) {
  const walk = said.walk.trim();
  const { kind, blocked, single_product } = said;
  return Object.assign(
    { kind, blocked, single_product, walk: walk === '' ? null : Number(walk) },
    said.name.trim() ? { name: said.name.trim() } : {},
    said.parent.trim() ? { parent: said.parent.trim() } : {},
  );
}
