/**
 * Make a rack: from its first code to its last. What would be made is shown while one types.
 */
import { html } from '../views/html.js';
import { useEffect, useRef, useState } from '../vendor/hooks.js';
import { Field, Form, Notice, trouble } from '../views/parts.js';
import { Select } from '../views/select.js';
import { REST } from './finding.js';
import { amount, t } from '../text.js';

const KINDS = ['bin', 'aisle', 'zone', 'dock', 'staging'];

/** @param {any} props */
export function Rack({ app, parent, onBack }) {
  const [said, setSaid] = useState(/** @type {any} */ ({ from: '', to: '', kind: 'bin', level: '', step: '1', walk: '', snake: false, single: false }));
  const [told, setTold] = useState(/** @type {any} */ (null));
  const [error, setError] = useState('');
  const body = wanted(said, parent);
  const key = JSON.stringify(body);
  const current = useRef(key);
  current.current = key;
  const post = (/** @type {boolean} */ dry) => app.api('POST', '/api/v1/locations/ranges', { query: { site: app.site }, body: Object.assign({ dry_run: dry }, body) });
  useEffect(() => {
    setTold(null);
    setError('');
    if (!body) return undefined;
    const timer = setTimeout(async () => {
      const answer = await post(true);
      if (current.current === key) setTold(answer);
    }, REST);
    return () => clearTimeout(timer);
  }, [key]);
  const submit = async () => {
    const answer = await post(false);
    if (answer.status === 200) onBack();
    else setError(trouble(answer));
  };
  const set = (/** @type {string} */ name) => (/** @type {any} */ value) => setSaid(Object.assign({}, said, { [name]: value }));
  const plan = told && told.status === 200 ? told.data : null;
  const flag = (/** @type {string} */ name, /** @type {string} */ label, /** @type {string} */ how) => html`<label class="pick"><input type="checkbox" checked=${said[name]} onChange=${() => set(name)(!said[name])} /> <strong>${label}</strong> <span class="hint">${how}</span></label>`;
  return html`<section class="panel"><h2>${t('ui.console.rack.title')}</h2><p class="hint">${t('ui.console.rack.how')}</p>
    <${Form} label=${t('ui.console.rack.title')} onSubmit=${submit}>
    <div class="halves"><${Field} id="rack-from" label=${t('ui.console.rack.from')} value=${said.from} onInput=${set('from')} maxlength=${128} autofocus=${true} />
      <${Field} id="rack-to" label=${t('ui.console.rack.to')} value=${said.to} onInput=${set('to')} maxlength=${128} /></div>
    <div class="thirds"><${Select} id="rack-kind" label=${t('ui.console.locations.kind')} value=${said.kind} onInput=${set('kind')} options=${KINDS.map((value) => ({ value, label: t('ui.console.kinds.' + value) }))} />
      <${Select} id="rack-level" label=${t('ui.console.rack.level')} value=${said.level} onInput=${set('level')} options=${['', 'aisle', 'zone'].map((value) => ({ value, label: value ? t('ui.console.kinds.' + value) : t('ui.console.rack.no_level') }))} />
      <${Select} id="rack-step" label=${t('ui.console.rack.step')} value=${said.step} onInput=${set('step')} options=${['1', '2'].map((value) => ({ value, label: t('ui.console.rack.steps.' + value) }))} />
      <${Field} id="rack-walk" label=${t('ui.console.rack.walk')} value=${said.walk} onInput=${set('walk')} inputmode="numeric" maxlength=${9} /></div>
    ${flag('snake', t('ui.console.rack.snake'), t('ui.console.rack.snake_how'))}
    ${flag('single', t('ui.console.locations.single'), t('ui.console.locations.single_how'))}
    <div aria-live="polite">
      ${told && !plan ? html`<${Notice} kind="bad" title=${t('ui.console.rack.not_so')}>${trouble(told)}<//>` : null}
      ${plan ? html`<${Notice} kind=${plan.collisions_total ? 'warn' : 'info'} title=${t('ui.console.rack.plan', { n: amount(plan.count), first: plan.first, last: plan.last })}>
        ${plan.above ? html`<p>${t('ui.console.rack.above', { n: amount(plan.above) })}</p>` : null}${plan.existing ? html`<p>${t('ui.console.rack.existing', { n: amount(plan.existing) })}</p>` : null}
        ${plan.collisions_total ? html`<p>${t('ui.console.rack.collisions', { n: amount(plan.collisions_total) })} ${plan.collisions.slice(0, 5).map((/** @type {any} */ one) => one.code + ': ' + one.message).join(' ')}</p>` : null}<//>` : null}
      ${error ? html`<${Notice} kind="bad" title=${t('ui.console.not_done')}>${error}<//>` : null}
    </div>
    <div class="row"><button class="big" type="button" onClick=${onBack}>${t('ui.cancel')}</button><button class="big primary" type="submit" disabled=${!plan || plan.collisions_total > 0 || !(plan.made + plan.above)}>${plan ? t('ui.console.rack.go', { n: amount(plan.made) }) : t('ui.console.rack.title')}</button></div>
  <//></section>`;
}

/** What the form asks for; null while a code is missing. @param {any} said @param {string} parent @returns {any} */
function wanted(said, parent) {
  const [from, to, walk] = [said.from.trim(), said.to.trim(), said.walk.trim()];
  if (!from || !to) return null;
  return Object.assign(
    { from, to, parent, kind: said.kind, snake: said.snake, single_product: said.single },
    said.level ? { levels: [said.level] } : {},
    said.step === '1' ? {} : { steps: [Number(said.step)] },
    walk ? { walk: Number(walk) } : {},
  );
}
