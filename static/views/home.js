/**
 * Choose what to do.
 */
import { html } from './html.js';
import { TASKS, said } from '../dialog.js';
import { t } from '../text.js';

/** Choose a task. @param {any} props */
export function Home({ app }) {
  const { operator, device } = app.shift.state;
  return html`<main class="home" id="main">
    <h1 class="quiet">${t('ui.home.title', { name: operator.badge })}</h1>
    <div class="tasks">
      ${TASKS.filter((task) => task === 'look' || !device.tasks || device.tasks.indexOf(said(task)) >= 0).map((task) => html`<button class="task" data-task=${task} onClick=${() => app.shift.choose(task)}>
        <span class="glyph" aria-hidden="true">${t('ui.glyphs.' + task)}</span><span>${t('tasks.' + task)}</span>
      </button>`)}
      <button class="task quiet" onClick=${() => app.show('menu')}><span class="glyph" aria-hidden="true">\u2630</span><span>${t('ui.menu.title')}</span></button>
    </div>
    <p class="foot">${t('ui.home.device', { name: device.name, site: device.site })}</p>
  </main>`;
}
