/**
 * Settings: what a site's counts must hold to, the reason codes with their accounts, and the profiles of CSV files.
 */
import { html } from '../views/html.js';
import { Profiles } from './profiles.js';
import { ReasonCodes } from './reasons.js';
import { Site } from './site.js';
import { t } from '../text.js';

const PARTS = ['site', 'reasons', 'profiles'];

/** @param {any} props */
export function SettingPage({ app, part }) {
  const shown = PARTS.indexOf(part) < 0 ? 'site' : part;
  return html`<div>
    <h1>${t('ui.console.nav.settings')}</h1>
    <p class="tabs">${PARTS.map((one) => html`<a class="button" href=${'#/settings/' + one} aria-current=${one === shown ? 'page' : null}>${t('ui.console.settings.parts.' + one)}</a>`)}</p>
    ${shown === 'site' ? html`<${Site} app=${app} />` : shown === 'reasons' ? html`<${ReasonCodes} app=${app} />` : html`<${Profiles} app=${app} />`}
  </div>`;
}
