/**
 * The supervisor's console: who is signed in, and which page is shown.
 */
import { html } from './html.js';
import { useEffect, useState } from '../vendor/hooks.js';
import { Devices } from './devices.js';
import { CountPage, CountsPage } from './counts.js';
import { People } from './people.js';
import { Plan } from './plan.js';
import { Reconciliation } from './reconciliation.js';
import { SignIn, Setup } from './signin.js';
import { Stock } from './stock.js';
import { WaitingScans } from './resolve.js';
import { Overview } from './overview.js';
import { t } from '../text.js';

const PAGES = ['overview', 'counts', 'waiting', 'stock', 'devices', 'people'];

/** @param {any} props */
export function Console({ app }) {
  const [who, setWho] = useState(/** @type {any} */ (undefined));
  app.signedIn = (/** @type {any} */ data) => {
    app.setCsrf(data.csrf);
    setWho(data.person);
  };
  app.signedOut = () => {
    app.setCsrf(null);
    setWho(null);
  };
  useEffect(() => {
    if (app.path === '/setup') return setWho(null);
    app.api('GET', '/api/v1/me').then((/** @type {any} */ answer) => {
      if (answer.status !== 200 || answer.data.kind !== 'session') return app.signedOut();
      app.site = answer.data.site || 'MAIN';
      return app.signedIn(answer.data);
    });
    return undefined;
  }, []);
  if (who === undefined) return html`<p class="boot" role="status">${t('ui.console.loading')}</p>`;
  if (app.path === '/setup') return html`<${Setup} app=${app} />`;
  if (who === null) return html`<${SignIn} app=${app} />`;
  app.site = app.site || 'MAIN';
  app.who = who;
  const route = location.hash.replace(/^#\/?/, '').split('/').map(decodeURIComponent);
  return html`<div class="desk">
    <a class="skip" href="#main" onClick=${(/** @type {any} */ event) => { event.preventDefault(); const main = document.getElementById('main'); if (main) main.focus(); }}>${t('ui.console.skip')}</a>
    <header class="head">
      <a class="brand" href="#/">ScanLedger</a>
      <nav aria-label=${t('ui.console.pages')}>${PAGES.filter((page) => page !== 'people' || (who.roles || []).indexOf('administrator') >= 0).map((page) => html`<a href=${'#/' + (page === 'overview' ? '' : page)} aria-current=${(route[0] || 'overview') === page ? 'page' : null}>${t('ui.console.nav.' + page)}</a>`)}</nav>
      <span class="who">${who.name}</span>
      <button onClick=${() => leave(app)}>${t('ui.console.sign_out')}</button>
    </header>
    <main id="main" tabindex="-1"><${Page} app=${app} route=${route} /></main>
  </div>`;
}

/** @param {any} props */
function Page({ app, route }) {
  const [page, code, part] = route;
  if (page === 'counts' && code === 'new') return html`<${Plan} app=${app} />`;
  if (page === 'counts' && code && part === 'reconciliation') return html`<${Reconciliation} app=${app} code=${code} key=${code} />`;
  if (page === 'counts' && code) return html`<${CountPage} app=${app} code=${code} key=${code} />`;
  if (page === 'counts') return html`<${CountsPage} app=${app} />`;
  if (page === 'waiting') return html`<${WaitingScans} app=${app} />`;
  if (page === 'stock') return html`<${Stock} app=${app} />`;
  if (page === 'people') return html`<${People} app=${app} />`;
  if (page === 'devices') return html`<${Devices} app=${app} />`;
  return html`<${Overview} app=${app} />`;
}

/** @param {any} app */
async function leave(app) {
  await app.api('DELETE', '/api/v1/session');
  app.signedOut();
}
