/**
 * Files of a count, and the profile by which its CSV is written.
 */
import { html } from '../views/html.js';
import { useState } from '../vendor/hooks.js';
import { useLoad } from './load.js';
import { t, when } from '../text.js';

/** ms: so long after a download began the server knows of it. */
const SETTLES = 1500;

/** @param {any} props */
export function Downloads({ app, code, posted }) {
  const [profile, setProfile] = useState('');
  const file = (/** @type {string} */ name, /** @type {string} */ as) => '/api/v1/exports/' + name + '?count=' + encodeURIComponent(code) + '&site=' + encodeURIComponent(app.site) + (as ? '&profile=' + encodeURIComponent(as) : '');
  return html`<span class="downloads">${t('ui.console.review.download')} <${ProfileChoice} app=${app} value=${profile} onChoose=${setProfile} />
    ${['csv', 'xlsx', 'json'].map((kind) => html`<a class="button" href=${file('reconciliation.' + kind, kind === 'csv' ? profile : '')} download=${'reconciliation-' + code + '.' + kind}>${kind.toUpperCase()}</a>`)}
    ${posted ? html`<${Package} app=${app} code=${code} href=${file('package.zip', profile)} />` : null}</span>`;
}

/** The package, and that it was taken before: what is posted twice by accident is found late. @param {any} props */
function Package({ app, code, href }) {
  const load = useLoad(app, '/api/v1/exports/packages', { count: code, site: app.site });
  const rows = load.data ? load.data.rows : [];
  const last = rows[rows.length - 1];
  return html`<a class="button" href=${href} download onClick=${() => setTimeout(load.again, SETTLES)}>${t('ui.console.review.package')}</a>
    ${last ? html`<span class="tag warn">! ${t('ui.console.review.taken', { n: rows.length, at: when(last.at), name: last.by || '?' })}</span>` : null}`;
}

/** The profile of a CSV; nothing where the site has none. @param {any} props */
export function ProfileChoice({ app, value, onChoose }) {
  const load = useLoad(app, '/api/v1/exports/profiles', { site: app.site });
  if (!load.data || !load.data.rows.length) return null;
  return html`<select class="profile" aria-label=${t('ui.console.profiles.choose')} value=${value} onInput=${(/** @type {any} */ event) => onChoose(event.target.value)}>
    <option value="" selected=${value === ''}>${t('ui.console.profiles.plain')}</option>
    ${load.data.rows.map((/** @type {any} */ one) => html`<option value=${one.name} selected=${one.name === value}>${one.name}</option>`)}</select>`;
}
