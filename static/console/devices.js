/**
 * Devices: who scans, when each was last heard and what waits on it, enrol one by link and QR, revoke a lost one.
 */
import { html } from '../views/html.js';
import { useState } from '../vendor/hooks.js';
import { Empty, Field, Form, Notice, trouble } from '../views/parts.js';
import { Courier } from './courier.js';
import { Loading, useLoad } from './load.js';
import { ENROLLERS, SUPERVISOR, may } from './may.js';
import { Qr } from './qr.js';
import { ShiftCode } from './shiftcode.js';
import { amount, t, when } from '../text.js';

/** @param {any} props */
export function Devices({ app }) {
  const load = useLoad(app, '/api/v1/devices', { site: app.site, limit: 500 }, 5000);
  const [name, setName] = useState('');
  const [link, setLink] = useState(/** @type {any} */ (null));
  const [error, setError] = useState('');
  const trusted = may(app, ENROLLERS);
  const enrol = async () => {
    setError('');
    const answer = await app.api('POST', '/api/v1/enrolments', { body: { name: name.trim(), site: app.site } });
    if (answer.status !== 201) return setError(trouble(answer));
    setLink(Object.assign({ name: name.trim() }, answer.data));
    return setName('');
  };
  const revoke = async (/** @type {any} */ row) => {
    setError('');
    const answer = await app.api('POST', '/api/v1/devices/' + row.id + '/revocation', { body: {} });
    if (answer.status === 200) location.hash = '#/devices/' + row.id;
    else setError(trouble(answer));
  };
  return html`<div>
    <h1>${t('ui.console.nav.devices')}</h1>
    <p><a href="/gun-sheet">${t('ui.console.devices.sheet')}</a></p>
    ${trusted ? html`<${Form} label=${t('ui.console.devices.enrol')} onSubmit=${enrol}>
      <div class="inline"><${Field} id="new-device" label=${t('ui.console.devices.name')} value=${name} onInput=${setName} /><button class="primary" type="submit" disabled=${!name.trim()}>${t('ui.console.devices.enrol')}</button></div>
    <//>` : null}
    <${ShiftCode} app=${app} />
    ${may(app, SUPERVISOR) ? html`<${Courier} app=${app} onDone=${load.again} />` : null}
    ${error ? html`<${Notice} kind="bad" title=${t('ui.console.not_done')}>${error}<//>` : null}
    ${link ? html`<${Offer} link=${link} name=${link.name} how=${t('ui.console.devices.how', { at: when(link.expires_at) })} onDone=${() => setLink(null)} />` : null}
    <${Loading} load=${load}>
      ${load.data && load.data.rows.length ? html`<div class="scroll"><table><thead><tr><th>${t('ui.console.devices.device')}</th><th>${t('ui.console.devices.state')}</th><th>${t('ui.console.devices.heard')}</th><th class="num">${t('ui.console.devices.held')}</th><th class="num">${t('ui.console.devices.waits')}</th><th class="num">${t('ui.console.devices.gaps')}</th><th>${t('ui.console.devices.clock')}</th><th></th></tr></thead>
      <tbody>${load.data.rows.map((/** @type {any} */ row) => html`<${Device} key=${row.id} row=${row} onRevoke=${trusted && (() => revoke(row))} />`)}</tbody></table></div>` : html`<${Empty} title=${t('ui.console.devices.none')}>${trusted ? t('ui.console.devices.none_how') : null}<//>`}
    <//>
  </div>`;
}

/** @param {any} props */
function Device({ row, onRevoke }) {
  const [sure, setSure] = useState(false);
  const revoked = !!row.revoked_at;
  return html`<tr><td><a href=${'#/devices/' + row.id}><strong>${row.name}</strong></a><span class="code">${row.prefix}\u2026</span></td><td><span class=${'tag ' + (revoked ? 'bad' : 'good')}>${revoked ? '\u2715 ' + t('ui.console.devices.revoked') : '\u2713 ' + t('ui.console.devices.active')}</span>${row.outdated ? html`${' '}<span class="tag warn">${t('ui.console.devices.app_old')}</span>` : null}</td>
    <td>${when(row.last_seen)}</td><td class="num">${amount(row.held)}</td>
    <td class="num">${row.waiting === null ? html`<span class="hint">${t('ui.console.devices.unknown')}</span>` : amount(row.waiting)}</td><td class="num">${row.gaps ? html`<span class="tag warn">${amount(row.gaps)}</span>` : '0'}</td><td>${clockOf(row.offset_ms)}</td>
    <td>${revoked || !onRevoke ? null : sure ? html`<button class="danger" onClick=${onRevoke}>${t('ui.console.devices.really')}</button>` : html`<button onClick=${() => setSure(true)} aria-label=${t('ui.console.devices.revoke_one', { name: row.name })}>${t('ui.console.devices.revoke')}</button>`}</td></tr>`;
}

/** How a device's clock goes by ours. @param {number | null} offset what is added to it @returns {string} */
export function clockOf(offset) {
  if (offset === null) return t('ui.console.devices.unknown');
  const n = Math.round(Math.abs(offset) / 1000);
  return n < 2 ? t('ui.console.devices.right') : t(offset < 0 ? 'ui.console.devices.ahead' : 'ui.console.devices.behind', { n: amount(n) });
}

/** A link of one use, also as a QR code. @param {any} props */
export function Offer({ link, name, how, onDone }) {
  return html`<section class="panel enrolment" aria-live="polite">
    ${link.qr ? html`<${Qr} matrix=${link.qr} label=${link.url} />` : null}
    <div><h2>${t('ui.console.devices.scan', { name })}</h2><p>${how}</p>
    <p><a class="raw" id="enrol-link" href=${link.url}>${link.url}</a></p><button onClick=${onDone}>${t('ui.console.devices.hide')}</button></div>
  </section>`;
}
