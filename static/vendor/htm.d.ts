/** What we use of htm, said to the type checker. Not served. */
declare const htm: { bind(h: Function): (strings: TemplateStringsArray, ...values: any[]) => any };
export default htm;
