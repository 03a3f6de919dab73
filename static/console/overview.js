/**
 * The console's first page: what is going on, and what waits for a person.
 */
import { html } from '../views/html.js';
import { Loading, useLoad } from './load.js';
import { CountRows, NoCounts, PlanLink } from './counts.js';
import { percent } from './percents.js';
import { amount, t } from '../text.js';

/** @param {any} props */
export function Overview({ app }) {
  const counts = useLoad(app, '/api/v1/counts', { status: 'open', site: app.site }, 5000);
  const scans = useLoad(app, '/api/v1/scans', { outcome: 'refused', unresolved: 1, site: app.site, limit: 100 }, 10000);
  const devices = useLoad(app, '/api/v1/devices', { site: app.site, limit: 500 }, 10000);
  const due = useLoad(app, '/api/v1/measures/due', { site: app.site });
  const book = useLoad(app, '/api/v1/measures/accuracy', { site: app.site, by: 'all' });
  const late = due.data ? due.data.total.overdue : 0;
  const right = book.data && book.data.total.lines ? book.data.total : null;
  const waiting = scans.data ? scans.data.rows.length : null;
  const active = devices.data ? devices.data.rows.filter((/** @type {any} */ d) => !d.revoked_at).length : null;
  return html`<div>
    <h1>${t('ui.console.nav.overview')}</h1>
    <div class="cards">
      <${Card} href="#/waiting" n=${waiting === null ? '\u2026' : waiting >= 100 ? '100+' : waiting} label=${t('ui.console.overview.waiting', { n: waiting })} kind=${waiting ? 'warn' : 'good'} />
      <${Card} href="#/counts" n=${counts.data ? counts.data.rows.length : '\u2026'} label=${t('ui.console.overview.counts', { n: counts.data && counts.data.rows.length })} kind="plain" />
      <${Card} href="#/devices" n=${active === null ? '\u2026' : amount(active)} label=${t('ui.console.overview.devices', { n: active })} kind="plain" />
      ${late ? html`<${Card} href="#/planning" n=${amount(late)} label=${t('ui.console.overview.overdue', { n: late })} kind="warn" />` : null}
      ${right ? html`<${Card} href="#/measures" n=${percent(right.line_accuracy)} label=${t('ui.console.overview.right')} kind="plain" />` : null}
    </div>
    <div class="between"><h2>${t('ui.console.overview.open')}</h2><${PlanLink} app=${app} /></div>
    <${Loading} load=${counts}>
      ${counts.data && counts.data.rows.length ? html`<${CountRows} rows=${counts.data.rows} />` : html`<${NoCounts} app=${app} />`}
    <//>
  </div>`;
}

/** @param {any} props */
function Card({ href, n, label, kind }) {
  return html`<a class=${'card ' + kind} href=${href}><strong>${n}</strong><span>${label}</span></a>`;
}
