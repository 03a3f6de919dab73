/**
 * What the signed-in person's roles allow; the server holds it, screens only leave out what would be refused.
 */

export const OFFICE = ['supervisor', 'accountant', 'auditor', 'administrator', 'integration'];
export const SUPERVISOR = ['supervisor'];
export const ENROLLERS = ['supervisor', 'administrator'];
export const LABELLERS = ['supervisor', 'administrator', 'integration'];

const PAGES = ['overview', 'counts', 'waiting', 'unknown', 'stock', 'lots', 'labels', 'devices', 'people'];

/** Whether the person has one of these roles. @param {any} app @param {string[]} roles @returns {boolean} */
export function may(app, roles) {
  return ((app.who && app.who.roles) || []).some((/** @type {string} */ role) => roles.indexOf(role) >= 0);
}

/** The pages a person may open. @param {any} app @returns {string[]} */
export function pages(app) {
  return PAGES.filter((page) => (page === 'people' ? may(app, ['administrator']) : page === 'labels' ? may(app, LABELLERS) : page === 'stock' || may(app, OFFICE)));
}
