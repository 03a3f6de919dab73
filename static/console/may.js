/**
 * What the signed-in person's roles allow; the server holds it, screens only leave out what would be refused.
 */

export const OFFICE = ['supervisor', 'accountant', 'auditor', 'administrator', 'integration'];
export const SUPERVISOR = ['supervisor'];
export const ENROLLERS = ['supervisor', 'administrator'];
export const EDITORS = ['supervisor', 'administrator', 'integration'];
export const LABELLERS = EDITORS;
const AUDITORS = ['auditor', 'administrator'];

/** The menu: pages that belong together stand together. */
const GROUPS = [['overview', 'measures'], ['counts', 'planning', 'waiting', 'unknown'], ['anything', 'stock', 'lots'], ['products', 'locations', 'labels', 'imports'], ['devices', 'operators', 'people', 'keys', 'audit', 'seals', 'settings']];

/** Whether the person has one of these roles. @param {any} app @param {string[]} roles @returns {boolean} */
export function may(app, roles) {
  return ((app.who && app.who.roles) || []).some((/** @type {string} */ role) => roles.indexOf(role) >= 0);
}

/** The pages a person may open, in groups; a group without any is left out. @param {any} app @returns {string[][]} */
export function groups(app) {
  return GROUPS.map((group) => group.filter((page) => (page === 'people' || page === 'keys' ? may(app, ['administrator']) : page === 'operators' ? may(app, ENROLLERS) : page === 'audit' || page === 'seals' ? may(app, AUDITORS) : page === 'labels' || page === 'imports' ? may(app, EDITORS) : page === 'stock' || may(app, OFFICE)))).filter((group) => group.length > 0);
}

/** The pages a person may open. @param {any} app @returns {string[]} */
export function pages(app) {
  return groups(app).reduce((all, group) => all.concat(group), []);
}
