/**
 * The supervisor's console: who is signed in, and which page is shown.
 */
import { html } from '../views/html.js';
import { useEffect, useState } from '../vendor/hooks.js';
import { Account } from './account.js';
import { Anything } from './anything.js';
import { AuditPage } from './audit.js';
import { Board } from './board.js';
import { DevicePage } from './device.js';
import { Devices } from './devices.js';
import { CountPage, CountsPage } from './counts.js';
import { Imports } from './imports.js';
import { Keys } from './keys.js';
import { Labels } from './labels.js';
import { LocationPage, Locations } from './locations.js';
import { Lots } from './lots.js';
import { Measures } from './measures.js';
import { PaperPage } from './paper.js';
import { Operators } from './operators.js';
import { People } from './people.js';
import { PersonPage } from './person.js';
import { Plan } from './plan.js';
import { Planning } from './planning.js';
import { ProductPage, Products } from './products.js';
import { Reconciliation } from './reconciliation.js';
import { RulePage } from './rule.js';
import { Insecure, SignIn, Setup } from './signin.js';
import { Seals } from './seals.js';
import { SettingPage } from './setting.js';
import { Stock } from './stock.js';
import { Unknown } from './unknown.js';
import { WaitingScans } from './resolve.js';
import { Overview } from './overview.js';
import { Empty, Settings } from '../views/parts.js';
import { OFFICE, SUPERVISOR, groups, may, pages } from './may.js';
import { t } from '../text.js';

/** @param {any} props */
export function Desk({ app }) {
  const [who, setWho] = useState(/** @type {any} */ (undefined));
  const [, setSite] = useState('');
  app.signedIn = async () => {
    const answer = await app.api('GET', '/api/v1/me');
    if (answer.status !== 200 || answer.data.kind !== 'session') return app.signedOut(false);
    app.setCsrf(answer.data.csrf);
    app.who = answer.data.person;
    app.home = answer.data.site;
    app.mine = answer.data.sites;
    await findSite(app);
    return setWho(app.who);
  };
  app.signedOut = (/** @type {boolean} */ isOver) => {
    app.isOver = isOver;
    app.setCsrf(null);
    setWho(null);
  };
  useEffect(() => {
    app.api('GET', '/api/v1/setup').then((/** @type {any} */ answer) => {
      app.setup = answer.data || {};
      return app.path === '/setup' || (answer.status === 200 && !app.setup.signed_in) ? setWho(null) : app.signedIn();
    });
  }, []);
  if (who === undefined) return html`<p class="boot" role="status">${t('ui.console.loading')}</p>`;
  if (app.setup.secure === false) return html`<${Insecure} app=${app} />`;
  if (app.path === '/setup' || (app.setup.needed && who === null)) return html`<${Setup} app=${app} />`;
  if (who === null) return html`<${SignIn} app=${app} />`;
  const chooseSite = (/** @type {string} */ code) => {
    app.site = code;
    remember(code);
    location.hash = '#/' + (route[0] || '');
    setSite(code);
  };
  const work = async (/** @type {string} */ code) => {
    const answer = await app.api('PUT', '/api/v1/session/site', { body: { site: code || null } });
    if (answer.status === 204) location.hash = '#/';
    return app.signedIn();
  };
  const route = location.hash.replace(/^#\/?/, '').split('/').map(decodeURIComponent);
  return html`<div class="desk">
    <a class="skip" href="#main" onClick=${(/** @type {any} */ event) => { event.preventDefault(); const main = document.getElementById('main'); if (main) main.focus(); }}>${t('ui.console.skip')}</a>
    <header class="head">
      <a class="brand" href="#/">ScanLedger</a>
      <span class="space"></span>
      ${app.mine.length > 1 ? html`<select class="site" aria-label=${t('ui.console.works_in')} value=${app.home || ''} onInput=${(/** @type {any} */ event) => work(event.target.value)}>
        ${app.mine.map((/** @type {string | null} */ code) => html`<option value=${code || ''} selected=${code === app.home}>${code || t('ui.console.all_sites')}</option>`)}</select>` : null}
      ${app.sites.length > 1 ? html`<select class="site" aria-label=${t('ui.console.site')} value=${app.site} onInput=${(/** @type {any} */ event) => chooseSite(event.target.value)}>
        ${app.sites.map((/** @type {any} */ one) => html`<option value=${one.code} selected=${one.code === app.site}>${one.code} \u00b7 ${one.name}</option>`)}</select>` : null}
      <a class="who" href="#/account" aria-current=${route[0] === 'account' ? 'page' : null} aria-label=${t('ui.console.account.of', { name: who.name })}>${who.name}</a>
      <button onClick=${() => leave(app)}>${t('ui.console.sign_out')}</button>
    </header>
    <div class="body">
      <nav class="menu" aria-label=${t('ui.console.pages')}>${groups(app).map((group) => html`<ul>${group.map((page) => html`<li><a href=${'#/' + (page === 'overview' ? '' : page)} aria-current=${(route[0] || 'overview') === page ? 'page' : null}>${t('ui.console.nav.' + page)}</a></li>`)}</ul>`)}</nav>
      <main id="main" tabindex="-1"><${Page} app=${app} route=${route} key=${app.site} /></main>
    </div>
    <footer><${Settings} app=${app} /></footer>
  </div>`;
}

/** @param {any} props */
function Page({ app, route }) {
  const [page, code, part, more] = route;
  if (page === 'account') return html`<${Account} app=${app} />`;
  if (pages(app).indexOf(page || 'overview') < 0 || (page === 'counts' && code === 'new' && !may(app, SUPERVISOR))) return html`<${Elsewhere} app=${app} />`;
  if (page === 'counts' && code === 'new') return html`<${Plan} app=${app} />`;
  if (page === 'counts' && code && part === 'board') return html`<${Board} app=${app} code=${code} key=${code} />`;
  if (page === 'counts' && code && part === 'reconciliation') return html`<${Reconciliation} app=${app} code=${code} key=${code} />`;
  if (page === 'counts' && code && part === 'paper') return html`<${PaperPage} app=${app} code=${code} sheet=${more} key=${more} />`;
  if (page === 'counts' && code) return html`<${CountPage} app=${app} code=${code} key=${code} />`;
  if (page === 'counts') return html`<${CountsPage} app=${app} />`;
  if (page === 'measures') return html`<${Measures} app=${app} />`;
  if (page === 'planning' && code) return html`<${RulePage} app=${app} code=${code} key=${code} />`;
  if (page === 'planning') return html`<${Planning} app=${app} />`;
  if (page === 'waiting') return html`<${WaitingScans} app=${app} />`;
  if (page === 'unknown') return html`<${Unknown} app=${app} />`;
  if (page === 'anything') return html`<${Anything} app=${app} given=${code} />`;
  if (page === 'stock') return html`<${Stock} app=${app} />`;
  if (page === 'lots') return html`<${Lots} app=${app} />`;
  if (page === 'products' && code) return html`<${ProductPage} app=${app} sku=${code} key=${code} />`;
  if (page === 'products') return html`<${Products} app=${app} />`;
  if (page === 'locations' && code) return html`<${LocationPage} app=${app} code=${code} key=${code} />`;
  if (page === 'locations') return html`<${Locations} app=${app} />`;
  if (page === 'labels') return html`<${Labels} app=${app} of=${code} codes=${part} key=${part} />`;
  if (page === 'imports') return html`<${Imports} app=${app} />`;
  if (page === 'operators') return html`<${Operators} app=${app} />`;
  if (page === 'people' && code) return html`<${PersonPage} app=${app} id=${code} key=${code} />`;
  if (page === 'people') return html`<${People} app=${app} />`;
  if (page === 'keys') return html`<${Keys} app=${app} />`;
  if (page === 'audit') return html`<${AuditPage} app=${app} />`;
  if (page === 'seals') return html`<${Seals} app=${app} />`;
  if (page === 'devices' && code) return html`<${DevicePage} app=${app} id=${code} key=${code} />`;
  if (page === 'devices') return html`<${Devices} app=${app} />`;
  if (page === 'settings') return html`<${SettingPage} app=${app} part=${code} />`;
  return html`<${Overview} app=${app} />`;
}

/** A page that the roles don't allow. @param {any} props */
function Elsewhere({ app }) {
  const roles = (app.who.roles || []).map((/** @type {string} */ role) => t('ui.console.roles.' + role)).join(', ');
  return html`<div><h1>${t('ui.console.elsewhere.title')}</h1><${Empty} title=${roles ? t('ui.console.elsewhere.roles', { roles }) : t('ui.console.elsewhere.no_roles')}>
    <p>${t(may(app, OFFICE) ? 'ui.console.elsewhere.ask' : 'ui.console.elsewhere.operator')}</p><p><a class="button" href="/">${t('ui.console.to_scanner')}</a></p><//></div>`;
}

/** Choose the site to look at: the person's own, the one chosen last, MAIN, or the first. @param {any} app */
async function findSite(app) {
  const answer = may(app, OFFICE) ? await app.api('GET', '/api/v1/sites') : { status: 0 };
  app.sites = answer.status === 200 ? answer.data.rows : [];
  const codes = app.sites.map((/** @type {any} */ one) => one.code);
  app.site = app.home || [remember(), 'MAIN', codes[0]].filter((code) => codes.indexOf(code) >= 0)[0] || 'MAIN';
}

/** Remember a site, and return the one remembered. @param {string} [code] @returns {string | null} */
function remember(code) {
  try {
    if (code) localStorage.setItem('site', code);
    return localStorage.getItem('site');
  } catch (forbidden) {
    return null;
  }
}

/** @param {any} app */
async function leave(app) {
  await app.api('DELETE', '/api/v1/session');
  location.hash = '#/';
  app.signedOut(false);
}
