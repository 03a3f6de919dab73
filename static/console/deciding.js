/**
 * Decide about the line one looks at, or about many lines at once.
 */
import { html } from '../views/html.js';
import { useState } from '../vendor/hooks.js';
import { amount, t, when } from '../text.js';
import { Reason, reasonName } from './reason.js';
import { Explained } from './why.js';

export const LETTERS = /** @type {Object.<string, string>} */ ({ a: 'accept', r: 'recount', d: 'dismiss' });

/** What is decided about all lines that are picked. @param {any} props */
export function Many({ n, isAll, total, reasons, onAll, onNone, onDecide }) {
  const [decision, setDecision] = useState('');
  const [reason, setReason] = useState('');
  const [note, setNote] = useState('');
  const about = t('ui.console.grid.picked', { n: amount(n) });
  const send = async () => {
    if (!(await onDecide(Object.assign({}, decision ? { decision } : null, reason ? { reason_code: reason } : null, note.trim() ? { note: note.trim() } : null)))) return;
    setDecision('');
    setReason('');
    setNote('');
  };
  return html`<div class="of-many" role="group" aria-label=${t('ui.console.grid.many')}>
    ${isAll || total === 0 ? null : html`<button onClick=${onAll}>${t('ui.console.grid.pick_all', { n: amount(total) })}</button>`}
    ${n ? html`<button onClick=${onNone}>${t('ui.console.grid.pick_none')}</button>` : null}
    ${n ? html`<${Decision} about=${about} value=${decision} onInput=${setDecision} />
      <${Reason} key=${String(reason === '')} about=${about} value=${reason} reasons=${reasons} onInput=${setReason} />
      <input type="text" aria-label=${t('ui.console.review.note', { about })} placeholder=${t('ui.console.review.note_short')} maxlength="2000" value=${note} onInput=${(/** @type {any} */ event) => setNote(event.target.value)} />
      <button class="primary" onClick=${send} disabled=${!decision && !reason && !note.trim()}>${t('ui.console.grid.decide', { n: amount(n) })}</button>` : null}
  </div>`;
}

/** @param {any} props */
function Decision({ about, value, onInput }) {
  return html`<select aria-label=${t('ui.console.review.decide', { about })} value=${value || ''} onInput=${(/** @type {any} */ event) => onInput(event.target.value)}>
    <option value="" selected=${!value}>${t('ui.console.decisions.none')}</option>
    ${Object.keys(LETTERS).map((letter) => html`<option value=${LETTERS[letter]} selected=${value === LETTERS[letter]}>${t('ui.console.decisions.' + LETTERS[letter])}</option>`)}</select>`;
}

/** The line one looks at: what a person should know, and what they decide. @param {any} props */
export function Line({ app, code, line, closed, reasons, onDecide, onReverse }) {
  const about = [line.location, line.sku].filter(Boolean).join(' ');
  return html`<section class="panel line" aria-label=${about} data-line=${line.line}>
    <h2>${line.location} \u00b7 ${line.name || line.sku || t('ui.console.review.whole_place')} <span class="code">${[line.sku, line.lot].filter(Boolean).join(' \u00b7 ')}</span></h2>
    <div class="halves"><div class="field"><${Why} line=${line} /><${Explained} app=${app} code=${code} line=${line} /></div>
    <div class="field">${closed ? html`<p>${line.decision ? t('ui.console.decisions.' + line.decision) : t('ui.console.grid.undecided')}</p><p class="hint">${[reasonName(line.reason_code, reasons), line.note].filter(Boolean).join(': ')}</p>
      <${Reversal} line=${line} onReverse=${onReverse} />` : html`<${One} line=${line} about=${about} reasons=${reasons} onDecide=${onDecide} />`}</div></div>
  </section>`;
}

/** @param {any} props */
function One({ line, about, reasons, onDecide }) {
  const [note, setNote] = useState(/** @type {string | null} */ (null));
  const [lots, setLots] = useState(/** @type {string | null} */ (null));
  /** What is typed stays until it is decided. */
  const decide = async (/** @type {any} */ change, /** @type {(typed: null) => void} */ set) => { if (await onDecide(change)) set(null); };
  const has = (/** @type {string} */ what) => line.decision === what;
  const differs = ['equal', 'empty'].indexOf(line.state) < 0;
  return html`<div class="decide">
    <${Decision} about=${about} value=${line.decision} onInput=${(/** @type {string} */ decision) => onDecide({ decision: decision || null })} />
    ${has('accept') && differs ? html`<${Reason} about=${about} value=${line.reason_code} reasons=${reasons} isWanted=${isUnexplained(line)} onInput=${(/** @type {string} */ value) => onDecide({ reason_code: value })} />` : null}
    ${has('accept') || line.needs_lots ? line.needs_lots ? html`<input type="text" aria-label=${t('ui.console.review.lots', { about })} placeholder=${t('ui.console.review.lots_short')} value=${lots === null ? Object.entries(line.lots || {}).map(([lot, quantity]) => lot + '=' + quantity).join(', ') : lots} onInput=${(/** @type {any} */ event) => setLots(event.target.value)} onChange=${(/** @type {any} */ event) => { const split = lotsOf(event.target.value); if (split) decide({ decision: 'accept', lots: split }, setLots); }} />` : null : null}
    <input type="text" aria-label=${t('ui.console.review.note', { about })} placeholder=${t('ui.console.review.note_short')} maxlength="2000" value=${note === null ? line.note || '' : note} onInput=${(/** @type {any} */ event) => setNote(event.target.value)} onChange=${(/** @type {any} */ event) => decide({ note: event.target.value.trim() }, setNote)} />
  </div>`;
}

/** Whether a person accepts that the book was wrong and hasn't said why. @param {any} line @returns {boolean} */
function isUnexplained(line) {
  return line.decision === 'accept' && !line.automatic && !line.reason_code && ['equal', 'within', 'empty'].indexOf(line.state) < 0 && /[1-9]/.test(line.variance || '');
}

/** Lots of an adjustment as they are typed: L1=-2, L2=+1. @param {string} text @returns {Object.<string, string> | null} */
function lotsOf(text) {
  /** @type {Object.<string, string>} */
  const lots = {};
  text.split(',').forEach((part) => {
    const found = /^\s*(.+?)\s*=\s*\+?(-?[0-9.]+)\s*$/.exec(part);
    if (found) lots[found[1]] = found[2];
  });
  return Object.keys(lots).length ? lots : null;
}

/** What a person should know before deciding. @param {any} props */
function Why({ line }) {
  const moves = line.moves || [];
  const passes = (line.passes || []).filter((/** @type {any[]} */ pass) => pass && pass[0] !== null);
  return html`<div class="hint">
    ${passes.map((/** @type {any[]} */ pass) => t('ui.console.review.pass', { counted: amount(pass[0]), operator: pass[1] || '?' })).join(' \u00b7 ')}
    ${line.unknown_operator ? html`<span class="tag warn">! ${t('ui.console.review.unknown_operator')}</span>` : null}
    ${(line.counters || []).length ? html`<span class="tag warn">! ${t('ui.console.review.shared', { operators: line.counters.join(', ') })}</span>` : null}
    ${line.agreed === null || line.agreed === undefined ? null : html`<span class=${'tag ' + (line.agreed ? 'good' : 'warn')}>${(line.agreed ? '\u2713 ' : '! ') + t('ui.console.review.' + (line.agreed ? 'agreed' : 'disagreed'))}</span>`}
    ${line.other_product ? html`<span class="tag warn">! ${t('ui.console.review.other_product')}</span>` : null}
    ${line.needs_lots ? html`<span class="tag warn">! ${t('ui.console.review.needs_lots')}</span>` : null}
    ${(line.pieces || []).map((/** @type {any} */ piece) => html`<span class="block">${t('ui.console.review.piece' + (piece.expected === null ? '_differs' : ''), { piece: [piece.lot, piece.serial].filter(Boolean).join(' / ') || t('ui.console.review.no_lot'), quantity: piece.expected === null ? signed(piece.variance) : amount(piece.expected) })}</span>`)}
    ${moves.map((/** @type {any} */ move) => html`<span class="block">\u21c4 ${t('ui.console.review.move', { quantity: signed(move.quantity), at: when(move.occurred_at) })}</span>`)}
  </div>`;
}

/** That a line was reversed, or the way to do so. @param {any} props */
function Reversal({ line, onReverse }) {
  if (line.reversal) return html`<span class="tag warn">\u21a9 ${t('ui.console.review.reversed_by', { name: line.reversal.by, reason: line.reversal.reason })}</span>`;
  if (!onReverse || line.decision !== 'accept') return null;
  return html`<button onClick=${() => onReverse(line)} aria-label=${t('ui.console.review.reverse_of', { about: line.location + ' ' + (line.sku || '') })}>${t('ui.console.review.reverse')}</button>`;
}

/** @param {any} value @returns {string} */
export function signed(value) {
  if (value === null || value === undefined) return '';
  const text = String(value);
  if (/^-/.test(text)) return '\u2212' + amount(text.slice(1));
  return /[1-9]/.test(text) ? '+' + amount(text) : amount(text);
}
